# SPDX-License-Identifier: GPL-2.0-or-later
"""The QAPI generator: schema files in, C types, visitors, command glue, events and introspection out."""
