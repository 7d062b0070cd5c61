"""Plays the link scanners of mail gateways and phones: they open every link before anybody does."""

import re

from sandbox import post
from sandbox.product import Product
from sandbox.world import Mail, Message, World

MAX_LINKS = 50
_LINK = re.compile(r"https?://[^\s<>\"'()（），。、；]+")


class Scanner:
    """Heeds what arrives, and does to it what the faults in force say."""

    def __init__(self, kept: World, product: Product) -> None:
        self._world = kept
        self._product = product
        kept.on_message.append(self._message)
        kept.on_mail.append(self._mail)

    def _message(self, message: Message) -> None:
        if not message.inbound and self._world.faults.take("carrier", "scan_links", message.to):
            self._product.later(self._open(_LINK.findall(message.body)))

    def _mail(self, mail: Mail) -> None:
        faults = self._world.faults
        if faults.take("mailbox", "scan_links", mail.mailbox):
            self._product.later(self._open(mail.links))
        if fault := faults.take("mailbox", "bounce", mail.mailbox):
            self._product.later(self._bounce(mail, ".".join(str(fault.value))))

    async def _open(self, links: list[str] | tuple[str, ...]) -> None:
        # Only the product's own: whatever else a message names is none of the sandbox's business.
        own = [link for link in links if link.startswith(f"{self._product.url}/")]
        for link in own[:MAX_LINKS]:
            for method in ("HEAD", "GET"):
                await self._product.open_link(link, method)

    async def _bounce(self, mail: Mail, status: str) -> None:
        await self._product.post_mail(post.bounce(mail, status, mail.at))
