#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ansible module: ask drvswap(8) on the host, and report in Ansible's terms what it said."""

import json
import os

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: drvswap
short_description: Swap a kernel module with drvswap(8), confirm that, or tell what is the case
description:
  - Calls the program C(drvswap) of the host with C(--json).
  - In check mode C(swapped) is its dry run, which touches nothing.
options:
  name:
    description: The kernel module.
    type: str
    required: true
  src:
    description: The module file, on the host. Wanted by C(swapped).
    type: path
  state:
    description:
      - C(swapped) swaps, and returns when the new driver was verified; it is undone unless it is confirmed in time.
      - C(confirmed) keeps a swap that waits for that, and returns at its end.
      - C(queried) changes nothing.
    type: str
    choices: [swapped, confirmed, queried]
    default: swapped
  window:
    description: Within so many seconds the swap must be confirmed.
    type: int
    default: 120
  not_over:
    description:
      - The C(connection) of the swap. C(confirmed) is refused over that very one, for that it still lives does not
        prove that another can be made; and where it cannot be told which one is in use.
    type: str
  arguments:
    description: More options for the swap, as drvswap(8) has them.
    type: list
    elements: str
    default: []
  program:
    description: Where the program is.
    type: path
    default: drvswap
author: The drvswap authors
"""

RETURN = r"""
kind:
  description: How it ended, in the words of drvswap's JSON schema; for C(queried) how the last swap of the module ended.
  type: str
id:
  description: Of C(queried), that of the last swap; none where there was none. Of a swap that goes on, see C(under_way).
  type: str
release:
  description: Of C(queried), that of the kernel that runs.
  type: str
exit_code:
  description: Of drvswap. 4 means that the host rolled back, and that this was verified.
  type: int
running:
  description: What runs, with version and build_id. Of C(queried) and check mode.
  type: dict
installed:
  description: What the disk has.
  type: dict
under_way:
  description: Whether a swap has not ended.
  type: bool
findings:
  description: Of the checks, worse than a warning.
  type: list
connection:
  description: The SSH connection of this call, where a process above it was told. Two calls with one value shared theirs.
  type: str
"""

EXAMPLES = r"""
- drvswap:
    name: vmxnet3
    src: /root/vmxnet3.ko
    window: 120
- ansible.builtin.meta: reset_connection
- drvswap:
    name: vmxnet3
    state: confirmed
"""


def identity(found):
    """Version and build-id, which is all that a person compares."""
    found = found or {}
    return {"version": found.get("version"), "build_id": found.get("build_id")}


def in_words(found):
    return "version %s, build-id %s" % (found["version"] or "unknown", found["build_id"] or "unknown")


def candidate_is(report):
    """What the file would bring: only a dry run tells that before it runs."""
    return identity((report.get("host", {}).get("candidate_image") or {}).get("identity"))


def environment_of(pid):
    try:
        with open("/proc/%d/environ" % pid, "rb") as file:
            return dict(entry.partition(b"=")[::2] for entry in file.read().split(b"\0"))
    except OSError:
        return {}


def parent_of(pid):
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            # The name of the program may hold anything, parentheses and spaces too.
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def connection():
    """What sshd told the shell that it started for us. sudo takes that from its children, but had it itself."""
    pid = os.getpid()
    while pid > 1:
        told = environment_of(pid).get(b"SSH_CONNECTION")
        if told:
            return told.decode("ascii", "replace")
        pid = parent_of(pid)
    return ""


class Call:
    """One call of the program, and what it answered."""

    def __init__(self, module, *words):
        program = module.get_bin_path(module.params["program"], required=True, opt_dirs=["/usr/sbin", "/sbin"])
        self.exit_code, out, err = module.run_command([program, "--json", *words])
        self.progress = err
        try:
            self.report = json.loads(out)
        except ValueError:
            module.fail_json(msg="drvswap did not answer with JSON", exit_code=self.exit_code, stdout=out, stderr=err)
        # Facts have no outcome of their own, but tell that of the last swap: one that was rolled back is no "last".
        self.outcome = self.report.get("outcome") or self.report.get("newest") or self.report.get("last") or {}

    def result(self):
        wrong = [f for f in self.report.get("findings", []) if f["level"] != "warn" and not f["is_overridden"]]
        return {
            "exit_code": self.exit_code,
            "kind": self.outcome.get("kind"),
            "findings": wrong,
            "under_way": "under_way" in self.report,
            "connection": connection(),
        }

    def why(self):
        words = [self.outcome.get("error"), self.outcome.get("hint")]
        return " ".join(w for w in words if w) or self.progress or "drvswap ended with %d" % self.exit_code


def query(module):
    call = Call(module, "status", module.params["name"])
    host = call.report.get("host")
    if call.exit_code != 0 or host is None:
        module.fail_json(msg=call.why(), **call.result())
    return dict(
        call.result(),
        changed=False,
        id=call.outcome.get("id"),
        release=host["kernel"]["release"],
        running=identity(host["module"]["identity"]),
        installed=identity(host["installed_image"]["identity"]),
        error=call.outcome.get("error"),
    )


def swap(module):
    name, src = module.params["name"], module.params["src"]
    words = ["--confirm=%d" % module.params["window"], *module.params["arguments"]]
    # Asked first in any case: what it would change is the difference that is shown, and a refusal costs no outage.
    call = Call(module, "--dry-run", *words, name, src)
    if call.exit_code != 0:
        module.fail_json(msg=call.why(), **call.result())
    running = identity(call.report["host"]["module"]["identity"])
    result = dict(call.result(), running=running, changed=call.outcome.get("kind") != "nothing-to-do")
    if result["changed"]:
        result["diff"] = {
            "before_header": name,
            "after_header": name,
            "before": in_words(running) + "\n",
            "after": in_words(candidate_is(call.report)) + "\n",
        }
    if module.check_mode or not result["changed"]:
        return result
    call = Call(module, *words, "--no-wait", name, src)
    result.update(call.result())
    if call.exit_code != 0:
        # Rolled back or never begun: the host is as it was, but for what exit code 5 says.
        result["changed"] = call.exit_code == 5
        module.fail_json(msg=call.why(), **result)
    return result


def refuse_same_connection(module):
    """Before anything is kept: afterwards there is nothing left that would put the old driver back."""
    before, now = module.params["not_over"], connection()
    if before is None or now not in ("", before):
        return
    why = "it is over the connection from before the swap" if now else "nobody can tell which SSH connection it is over"
    module.fail_json(msg="Not confirmed: %s, so a new one may not be possible." % why, kind="lost", connection=now)


def confirm(module):
    if module.check_mode:
        return {"changed": False, "skipped": True}
    refuse_same_connection(module)
    call = Call(module, "confirm", module.params["name"])
    if call.exit_code != 0:
        module.fail_json(msg=call.why(), **call.result())
    return dict(call.result(), changed=True)


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "src": {"type": "path"},
            "state": {"type": "str", "choices": ["swapped", "confirmed", "queried"], "default": "swapped"},
            "window": {"type": "int", "default": 120},
            "not_over": {"type": "str"},
            "arguments": {"type": "list", "elements": "str", "default": []},
            "program": {"type": "path", "default": "drvswap"},
        },
        required_if=[("state", "swapped", ("src",))],
        supports_check_mode=True,
    )
    action = {"swapped": swap, "confirmed": confirm, "queried": query}[module.params["state"]]
    module.exit_json(**action(module))


if __name__ == "__main__":
    main()
