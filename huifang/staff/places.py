"""Says which addresses are places of our own, and where they are behind a proxy."""

import re
from urllib.parse import quote, urlsplit

#: No second slash or backslash: browsers take what follows for another host.
_LOCAL = re.compile(r"/(?![/\\])[!#-;=?-\[\]_a-z~%]{0,2000}", re.ASCII)


def is_local(path: str) -> bool:
    """Whether a path with its query leads to a page of ours and nowhere else."""
    return _LOCAL.fullmatch(path) is not None


def root_of(public_url: str) -> str:
    """What the outside world puts before our paths: `/care`, or nothing."""
    return urlsplit(public_url).path.rstrip("/")


def here_of(url: str, root: str) -> str:
    """The path with its query that a call was for, as we know it: without the root."""
    parts = urlsplit(url)
    path = parts.path.removeprefix(root) or "/"
    return path + (f"?{parts.query}" if parts.query else "")


def sign_in_first(here: str) -> str:
    """The sign-in page that leads back to a path."""
    if here == "/" or not is_local(here):
        return "/login"
    return "/login?next=" + quote(here, safe="/")


def of_ticket(id_: str, source: str) -> str:
    """The page of a ticket, whatever its id is made of; a slash in it is no part of the path."""
    return f"/tickets/{quote(id_, safe='')}?source={quote(source, safe='')}"
