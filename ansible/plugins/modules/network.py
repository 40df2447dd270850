#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: the founders of virtwire
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Documentation alone: the module is the static binary, which the action plugin of the same name runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: network
short_description: Brings a network of libvirt's to a state
version_added: 0.1.0
description:
  - Switches a network of libvirt's off or on, starts or stops it, stores or forgets its definition, and looks whether
    it is so.
  - What is wanted already is not done again. What guests or a network that is stored nowhere would suffer from is
    refused, and nothing is changed then.
  - The module is virtwire's static binary. It is copied to the host, called once and removed. The host needs neither
    Python nor a client of libvirt.
author:
  - The founders of virtwire (!UNKNOWN) <virtwire@localhost>
options:
  name:
    description: The network, by name or UUID.
    type: str
    required: true
  state:
    description:
      - V(disabled) is not running, and not starting with the host. A network that is not there is disabled.
      - V(enabled) is running and starting with the host; with O(autostart=false) only running.
      - V(active) is running and V(inactive) is not; whether it starts with the host is left alone unless O(autostart)
        says it.
      - V(present) is there, stored as O(xml) says where that is given.
      - V(absent) is neither running nor stored.
      - Without it, O(autostart) and O(xml) are brought about and nothing else.
    type: str
    choices: [disabled, enabled, active, inactive, present, absent]
  autostart:
    description:
      - Whether the network starts with the host. It takes effect beside O(state).
    type: bool
  xml:
    description:
      - The definition that is to be stored. It is compared with what is stored by what it says. What libvirt chooses
        where nothing is said (UUID, name and address of the bridge) is kept.
      - A network that runs goes on as it is until it is started again.
      - Not with O(state=disabled) and O(state=absent).
    type: str
  uri:
    description:
      - The daemon, as seen from the host.
      - Without it, it is found as C(virtwire) on that host finds it, which is V(qemu:///system) for root.
    type: str
  allow_attached:
    description: Whether guests that are attached may be cut off. They stay so after the network is back.
    type: bool
    default: false
  allow_transient:
    description: Whether a network that is stored nowhere may vanish, once its XML is saved in a file.
    type: bool
    default: false
  save_to:
    description:
      - The folder on the host for that file. Without it, it is the home of the user who logs in.
    type: path
  timeout:
    description:
      - How many seconds to wait for each answer of the daemon. Without it, 10 for each step of connecting, 30 for a
        question, 60 for a change.
    type: float
attributes:
  check_mode:
    description: Changes nothing, and tells what would be changed.
    support: full
  diff_mode:
    description: Shows state, autostart and XML before and after.
    support: full
notes:
  - The variable C(virtwire_path) names a virtwire that is on the host already. Nothing is copied then.
  - The variable C(virtwire_binaries) names a folder of the controller's, with C(virtwire-x86_64) and
    C(virtwire-aarch64), in place of those that the collection brings.
  - To change the host's daemon, and to see the whole of a network on its host, the module needs to be root
    (C(become)).
  - A failure tells what was done before it (RV(steps)).
seealso:
  - module: virtwire.libvirt.network_info
"""

EXAMPLES = r"""
- name: Libvirt's own network is off, and stays off
  virtwire.libvirt.network:
    name: default
    state: disabled

- name: It is back, and starts with the host
  virtwire.libvirt.network:
    name: default
    state: enabled

- name: It runs now, and not after a reboot
  virtwire.libvirt.network:
    name: default
    state: active
    autostart: false

- name: A network of our own is stored, runs, and starts with the host
  virtwire.libvirt.network:
    name: lab
    state: enabled
    xml: |
      <network>
        <name>lab</name>
        <forward mode='nat'/>
        <ip address='10.20.0.1' prefix='24'/>
      </network>

- name: It is gone, whoever hangs on it
  virtwire.libvirt.network:
    name: lab
    state: absent
    allow_attached: true
"""

RETURN = r"""
before:
  description: How the network was found. V(null) is a network that is not there.
  returned: when it was looked at
  type: dict
  sample: {active: true, persistent: true, autostart: true}
after:
  description: How it is now, or would be in check mode. Not there where it could not be looked at.
  returned: when known
  type: dict
  sample: {active: false, persistent: true, autostart: false}
steps:
  description: Each step and how it went, also of a task that failed.
  returned: always
  type: list
  elements: dict
  sample: [{step: autostart-off, outcome: done}, {step: stop, outcome: done}]
  contains:
    step:
      description: V(define), V(save), V(autostart-on), V(autostart-off), V(start), V(stop) or V(undefine).
      returned: always
      type: str
    outcome:
      description:
        - V(already-so), V(would-be-done), V(done), V(seen-done), V(failed), V(seen-not-done), V(unknown) or
          V(not-tried).
      returned: always
      type: str
verdict:
  description: What it amounts to, as in the JSON of C(virtwire net-disable).
  returned: when the network was switched
  type: str
  sample: done
evidence:
  description: What of the network is on its host (bridge, dnsmasq, firewall rules, guests), as in C(net-inspect).
  returned: when the host was looked at
  type: dict
undo:
  description: The commands of virtwire's that switch it back.
  returned: when something was switched
  type: list
  elements: str
  sample: ["virtwire -c qemu:///system net-enable default"]
xml_before:
  description: The definition that was replaced or forgotten.
  returned: when there was one
  type: str
uuid:
  description: The UUID of the network.
  returned: when the network is there
  type: str
uri:
  description: The daemon, without secrets.
  returned: when it came to that
  type: str
kind:
  description: What kind of failure it is, such as V(refused) or V(unreachable); see the documentation of virtwire's JSON.
  returned: on failure
  type: str
code:
  description: The exit code that virtwire has for it.
  returned: on failure
  type: int
  sample: 6
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
            "name": {"type": "str", "required": True},
            "state": {
                "type": "str",
                "choices": ["disabled", "enabled", "active", "inactive", "present", "absent"],
            },
            "autostart": {"type": "bool"},
            "xml": {"type": "str"},
            "uri": {"type": "str"},
            "allow_attached": {"type": "bool", "default": False},
            "allow_transient": {"type": "bool", "default": False},
            "save_to": {"type": "path"},
            "timeout": {"type": "float"},
        },
        required_one_of=[("state", "autostart", "xml")],
        supports_check_mode=True,
    )
    module.fail_json(msg="this module is run by the action plugin of the collection, and not by itself")


if __name__ == "__main__":
    main()
