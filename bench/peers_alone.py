"""Measures the peers by themselves: jobs put in and drained, one POST each."""

from bench import dispatch, rivals
from bench.machine import Ground
from bench.report import Table, median, progress


async def run(stage: Ground, runs: int, size: int) -> list[Table]:
    """Every peer in turn, `runs` times over; medians."""
    put: dict[str, list[float]] = {}
    drained: dict[str, list[float]] = {}
    for number in range(runs):
        for peer in rivals.ALL:
            progress(f"peers: run {number + 1} of {runs}, {peer.name}")
            rate, found = await dispatch.theirs(stage, peer, size)
            put.setdefault(peer.name, []).append(rate)
            drained.setdefault(peer.name, []).append(found.rate)
    rows = tuple(
        (peer.name, _version(peer), median(put[peer.name]), median(drained[peer.name]))
        for peer in rivals.ALL
    )
    columns = ("who", "version", "put in a second", "drained a second")
    return [Table(title=f"Peers: {size:,} jobs, one worker each", columns=columns, rows=rows)]


def _version(peer: rivals.Peer) -> str:
    names = (line.partition("[")[0].partition("=")[0] for line in rivals.pins()[peer.package])
    versions = (line.partition("==")[2] for line in rivals.pins()[peer.package])
    return dict(zip(names, versions, strict=True))[peer.package]
