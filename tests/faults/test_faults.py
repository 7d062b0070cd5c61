"""The run of `python -m tests.faults`, small: faults are as likely as customers are few."""

from dataclasses import replace

from sqlalchemy import update

from channels.tables import contacts
from tests.faults.stage import stage
from tests.faults.verdict import judge

CUSTOMERS, SEED, SHARE = 12, 7, 0.25


async def test_everybody_is_reached_once_or_explained_while_everything_fails(
    sqlite_url: str,
) -> None:
    async with stage(sqlite_url, CUSTOMERS, SEED, share=SHARE) as played:
        await played.play()
        report = await judge(played)
        assert report.wrong == []
        assert report.reached.total() == CUSTOMERS
        met = {kind for kind, count in report.met.items() if count}
        assert len(met) > len(report.met) / 3, "too little went wrong to prove anything"
        # A judge who sees nothing would say the same.
        mail = played.world.world.mails[0]
        played.world.world.mails.append(replace(mail, id="M-again"))
        async with played.service.database.write() as conn:
            await conn.execute(update(contacts).values(state="sent", carrier_id=None))
            await conn.execute(update(contacts).values(id=contacts.c.id + "_"))
        wrong = " ".join((await judge(played)).wrong)
        for sign in ("lies 2 times", "hangs in sent", "which is missing", "stands 0 times"):
            assert sign in wrong
