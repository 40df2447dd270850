# -*- coding: utf-8 -*-
# Copyright: the founders of virtwire
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs virtwire's static binary as a module: on the host nothing is needed but a shell."""

from __future__ import annotations

import json
import os
import shlex

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.plugins.action import ActionBase

# What `uname -m` says, and the processor that a binary is for.
PROCESSORS = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "aarch64",
    "arm64": "aarch64",
}

FILES = os.path.join(os.path.dirname(__file__), "..", "..", "files")


class StaticBinaryAction(ActionBase):
    """One module: the binary that fits the host is copied there, called once, and removed."""

    TRANSFERS_FILES = True

    def run(self, tmp=None, task_vars=None):
        """Runs the module of the task's name."""
        task_vars = task_vars or {}
        result = super().run(tmp, task_vars)
        try:
            program = self._variable("virtwire_path", task_vars) or self._copied(task_vars)
            result.update(self._call(program))
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _variable(self, name, task_vars):
        value = task_vars.get(name)
        return self._templar.template(value) if value else None

    def _copied(self, task_vars):
        """Copies the binary to the host, and returns its path there."""
        source = self._binary(self._processor(task_vars), task_vars)
        shell = self._connection._shell
        if not shell.tmpdir:
            self._make_tmp_path()
        target = shell.join_path(shell.tmpdir, "virtwire")
        self._transfer_file(source, target)
        self._fixup_perms2((shell.tmpdir, target), execute=True)
        return target

    def _processor(self, task_vars):
        """Asks the host, unless its facts are known."""
        machine = task_vars.get("ansible_facts", {}).get("architecture")
        if not machine:
            asked = self._low_level_execute_command("uname -m", sudoable=False)
            lines = asked.get("stdout", "").split()
            machine = lines[-1] if lines else asked.get("stderr", "")
        if machine not in PROCESSORS:
            raise AnsibleActionFail(
                f"the host has a processor '{machine}', for which there is no binary:"
                f" {', '.join(sorted(set(PROCESSORS.values())))}"
            )
        return PROCESSORS[machine]

    def _binary(self, processor, task_vars):
        folder = self._variable("virtwire_binaries", task_vars) or FILES
        binary = os.path.abspath(os.path.join(folder, f"virtwire-{processor}"))
        if not os.path.exists(binary):
            raise AnsibleActionFail(
                f"there is no {binary}: a built collection brings it; the variable virtwire_binaries names a folder"
                " that has it, and virtwire_path a virtwire that is on the host already"
            )
        return binary

    def _call(self, program):
        module = self._task.action.split(".")[-1]
        shell = self._connection._shell
        arguments = to_bytes(json.dumps(self._arguments(module)))
        stdin = None
        if self._takes_stdin():
            file, stdin = "-", arguments
        else:
            if not shell.tmpdir:
                self._make_tmp_path()
            file = shell.join_path(shell.tmpdir, "arguments")
            self._transfer_data(file, arguments)
            self._fixup_perms2((shell.tmpdir, file), execute=False)
        words = [shlex.quote(word) for word in (program, "ansible-module", module, file)]
        command = " ".join([self._compute_environment_string({}), *words]).strip()
        return told(self._low_level_execute_command(command, in_data=stdin))

    def _takes_stdin(self):
        """Becoming another user may need a terminal, unless pipelining is switched on, which says that it does not."""
        if self._connection.become:
            return self._is_pipelining_enabled("new")
        return self._connection.has_pipelining

    def _arguments(self, module):
        """The task's, in types that JSON has."""
        plain = (bool, int, float, list, dict, type(None))
        arguments = {
            name: value if isinstance(value, plain) else to_text(value, nonstring="simplerepr")
            for name, value in self._task.args.items()
        }
        arguments.update(
            _ansible_check_mode=bool(self._task.check_mode),
            _ansible_diff=bool(self._task.diff),
            _ansible_no_log=bool(self._task.no_log),
            _ansible_module_name=module,
        )
        return arguments


def told(answer):
    """What the module told. What a login shell prints around it is passed over."""
    stderr = answer.get("stderr", "")
    for line in reversed(answer.get("stdout", "").splitlines()):
        if not line.startswith("{"):
            continue
        try:
            result = json.loads(line)
        except ValueError:
            continue
        said = [line[len("warning: "):] for line in stderr.splitlines() if line.startswith("warning: ")]
        if said:
            result["warnings"] = result.get("warnings", []) + said
        return result
    return {
        "failed": True,
        "msg": "virtwire did not run on the host, or said nothing of how it went",
        "module_stdout": answer.get("stdout", ""),
        "module_stderr": stderr,
        "rc": answer.get("rc"),
    }
