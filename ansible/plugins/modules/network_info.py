#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: the founders of virtwire
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Documentation alone: the module is the static binary, which the action plugin of the same name runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: network_info
short_description: Tells what networks of libvirt's are on their host
version_added: 0.1.0
description:
  - Tells of one network or of all what C(virtwire net-inspect) knows. State, bridge, dnsmasq, firewall rules, leases,
    guests, what is missing, what was left behind, and how each was seen.
  - It changes nothing.
  - The module is virtwire's static binary. It is copied to the host, called once and removed. The host needs neither
    Python nor a client of libvirt.
author:
  - The founders of virtwire (!UNKNOWN) <virtwire@localhost>
options:
  name:
    description: The network, by name or UUID. Without it, all of them.
    type: str
  expect:
    description:
      - Fails unless the network is so. V(disabled) is not running, not starting with the host, and nothing of it left
        there; V(enabled) is running, and nothing of it missing.
      - Without it, the module fails only where nobody could be asked.
    type: str
    choices: [disabled, enabled]
  offline:
    description: Asks no daemon, and looks at its files and at the host.
    type: bool
    default: false
  uri:
    description:
      - The daemon, as seen from the host.
      - Without it, it is found as C(virtwire) on that host finds it, which is V(qemu:///system) for root.
    type: str
  timeout:
    description: How many seconds to wait for each answer of the daemon.
    type: float
attributes:
  check_mode:
    description: Changes nothing in any mode.
    support: full
  diff_mode:
    description: There is no difference to show.
    support: none
notes:
  - The variable C(virtwire_path) names a virtwire that is on the host already. Nothing is copied then.
  - The variable C(virtwire_binaries) names a folder of the controller's, with C(virtwire-x86_64) and
    C(virtwire-aarch64), in place of those that the collection brings.
  - Only root sees the whole of a network on its host (C(become)).
seealso:
  - module: virtwire.libvirt.network
"""

EXAMPLES = r"""
- name: Nothing of libvirt's own network is left
  virtwire.libvirt.network_info:
    name: default
    expect: disabled

- name: What is there
  virtwire.libvirt.network_info:
  register: found

- name: No network runs without being whole
  ansible.builtin.assert:
    that: found.networks | selectattr('health', 'equalto', 'degraded') | length == 0
"""

RETURN = r"""
networks:
  description: The networks, as in the JSON of C(virtwire net-inspect).
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The name.
      type: str
      returned: when the network is there
    state:
      description: How it is switched.
      type: dict
      returned: when the network is there
      sample: {active: false, persistent: true, autostart: false}
    health:
      description: V(enabled), V(disabled), V(degraded), V(left-behind), V(absent) or V(unknown).
      type: str
      returned: always
    verified:
      description: Whether every part was looked for where it is, or would be.
      type: bool
      returned: always
    findings:
      description: Each fact, and where it was seen.
      type: list
      elements: dict
      returned: always
hostname:
  description: The host that was looked at.
  returned: when one was
  type: str
unknown:
  description: The traces of networks that nobody knows.
  returned: when there are some
  type: dict
problem:
  description: What is wrong with the networks, in the words of a failure, where O(expect) was not given.
  returned: when something is
  type: dict
uri:
  description: The daemon, without secrets.
  returned: when it came to that
  type: str
kind:
  description: What kind of failure it is, such as V(not-as-expected) or V(unreachable).
  returned: on failure
  type: str
code:
  description: The exit code that virtwire has for it.
  returned: on failure
  type: int
advice:
  description: What to do about it.
  returned: on failure, where something can be said
  type: str
"""

from ansible.module_utils.basic import AnsibleModule


def main():
    """Tells what is missing, where the action plugin was passed by."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str"},
            "expect": {"type": "str", "choices": ["disabled", "enabled"]},
            "offline": {"type": "bool", "default": False},
            "uri": {"type": "str"},
            "timeout": {"type": "float"},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="this module is run by the action plugin of the collection, and not by itself")


if __name__ == "__main__":
    main()
