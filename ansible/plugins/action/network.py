# -*- coding: utf-8 -*-
# Copyright: the founders of virtwire
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The module ``network``."""

from __future__ import annotations

from ansible_collections.virtwire.libvirt.plugins.plugin_utils.static_binary import StaticBinaryAction


class ActionModule(StaticBinaryAction):
    """The binary is the module: it knows itself by the task's name."""
