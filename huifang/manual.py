"""Says what each command of the command line does, with an example of it."""

import argparse
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

#: By the whole name of a command: what it does, and how it is used.
MANUAL: Mapping[str, tuple[str, str]] = {
    "huifang demo": (
        (
            "Runs the whole product with a play carrier and desk; nothing else has to be "
            "installed. HUIFANG_BOOTSTRAP_KEY, where it is set, is an admin's API key here too."
        ),
        "huifang demo --once --lang en\nhuifang demo --port 0 --data ./demo --speed 60",
    ),
    "huifang serve": (
        "Runs the service until it is told to stop. `huifang migrate` comes first.",
        "huifang serve\nhuifang serve --role api --role subscriber",
    ),
    "huifang migrate": ("Brings the database to this version's schema.", "huifang migrate"),
    "huifang check": (
        "Names every fault of settings, files (with the line) and servers; 1 where there is one.",
        "huifang check --json",
    ),
    "huifang preview": ("", "huifang preview csat --channel sms --locale zh-CN --price 0.045"),
    "huifang explain": (
        "Tells why a ticket's customer was, or was not, contacted: each decision, rule by rule.",
        "huifang explain T-1001 --lang en",
    ),
    "huifang simulate": (
        "",
        "huifang simulate --events told.jsonl --policy new/huifang.yaml --against huifang.yaml",
    ),
    "huifang deadletters": (
        "Shows and settles what was given up: jobs, and entries of the stream.",
        "huifang deadletters list --kind contact.send",
    ),
    "huifang deadletters list": (
        "Lists what was given up, newest first.",
        "huifang deadletters list --limit 20 --json",
    ),
    "huifang deadletters replay": (
        "Has dead letters tried again; the rules are asked as ever.",
        "huifang deadletters replay --kind desk.reopen",
    ),
    "huifang deadletters drop": (
        "Settles dead letters for good, with a reason for the audit.",
        "huifang deadletters drop KEY --reason 'closed by hand'",
    ),
    "huifang erase": (
        (
            "Forgets a customer: names, numbers, addresses and words. Totals stay, and so do "
            "stops. At a terminal it asks whether this is meant; without one, as in a script or "
            "in `docker exec` without -it, there is nobody to ask, and it does as it is told."
        ),
        "huifang erase C-1 --source /tickets",
    ),
    "huifang rotate": (
        "Seals anew, under the first keys, what older ones sealed; then those may go.",
        "huifang rotate",
    ),
    "huifang rollup": ("Checks or remakes the sums of figures.", "huifang rollup --verify"),
    "huifang key": (
        "Makes, lists and ends API keys.",
        "huifang key create --role ingest --name crm",
    ),
    "huifang key create": (
        "Makes an API key and prints it; it cannot be shown again.",
        "huifang key create --role ingest --name crm",
    ),
    "huifang key list": ("Lists names, roles and last use of the keys.", "huifang key list --json"),
    "huifang key revoke": ("Ends a key at once.", "huifang key revoke --name crm"),
    "huifang report": ("", "huifang report --period week --out week.html"),
    "huifang export": (
        "",
        "huifang export --from 2026-11-01 --to 2026-12-01 --format xlsx --out november.xlsx",
    ),
    "huifang user": (
        "Makes, lists and locks out the people who sign in to the staff's pages.",
        "huifang user create --login li@example.com --name '李雷' --role manager",
    ),
    "huifang user create": (
        "Makes a user and asks for the password.",
        "huifang user create --login li@example.com --name '李雷' --role agent --agent A-7",
    ),
    "huifang user list": ("Lists logins, roles and last sign-ins.", "huifang user list"),
    "huifang user deactivate": (
        "Signs somebody out everywhere, and lets them in no more.",
        "huifang user deactivate --login li@example.com",
    ),
    "huifang user activate": (
        "Lets somebody in again.",
        "huifang user activate --login li@example.com",
    ),
    "huifang user password": (
        "Sets another password; a lock for wrong ones ends too.",
        "huifang user password --login li@example.com",
    ),
}


class Parser(argparse.ArgumentParser):
    """A parser whose help has what the manual says of its command, and so have its own commands."""

    def __init__(self, **given: Any) -> None:
        does, example = MANUAL.get(given.get("prog") or "", ("", ""))
        given.setdefault("formatter_class", _Help)
        given.setdefault("description", does or None)
        if example:
            lines = "".join(f"\n  {line}" for line in example.split("\n"))
            given.setdefault("epilog", f"example:{lines}")
        super().__init__(**given)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where more is told; to whoever gave no command, all there are."""
        if message.endswith("required: COMMAND"):
            self.print_help(sys.stderr)
            self.exit(2)
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n`{self.prog} --help` says more, with an example\n")


class _Help(argparse.HelpFormatter):
    """Keeps the lines of an example, which begins with "example:"."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("example:") else super()._fill_text(text, width, indent)
