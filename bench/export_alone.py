"""Makes one export in a process that holds nothing else, and prints the seconds it took."""

import asyncio
import sys
import time
from pathlib import Path

from huifang.exporting.making import make
from huifang.exporting.model import Format, Grain, Order
from kernel.engine import open_database
from kernel.vault import open_vault


async def alone(url: str, path: Path, format_: str) -> float:
    """Seconds that all responses took, without what was said in words."""
    order = Order(
        format=Format(format_),
        grain=Grain.RESPONSE,
        filter={},
        tz="Asia/Shanghai",
        comments=False,
    )
    database = open_database(url)
    try:
        begun = time.perf_counter()
        await make(database, open_vault([b"b" * 32]), order, path, _hear)
        return time.perf_counter() - begun
    finally:
        await database.close()


async def _hear(_: float) -> None:
    pass


if __name__ == "__main__":
    # Our checks bring it, no operator has it, and the library for Parquet would load it.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    print(asyncio.run(alone(sys.argv[1], Path(sys.argv[2]), sys.argv[3])))
