"""One sample with Dask: ranges of a gridpack on the workers of a cluster, then their merge.

    python sample.py pack.omnis 100000 sample.lhe.gz --parts 8 --workers 2
    python sample.py pack.omnis 1e8 sample.lhe.gz --parts 500 --workers 100 --slurm

Needs the packages omnis-events, dask, distributed and, for --slurm, dask-jobqueue; the program
omnis merges. The folder must be seen by all workers. Parts that are there are kept: a run that
was killed goes on when the same command is given again.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from distributed import Client, LocalCluster, as_completed

import omnis


def make_part(pack: str, seed: int, first: int, n_events: int, path: str) -> str:
    """The events first to first + n_events - 1 of the sample, in a file."""
    if not os.path.exists(path):
        run = omnis.Run.from_gridpack(pack, threads=1)
        run.generate(n_events, seed=seed, first=first, output=path)
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pack")
    parser.add_argument("events", type=lambda text: int(float(text)))
    parser.add_argument("output")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--slurm", action="store_true", help="workers are jobs of Slurm")
    parser.add_argument("--omnis", default="omnis", help="the program")
    args = parser.parse_args()

    folder = Path(args.output + ".parts").absolute()
    folder.mkdir(exist_ok=True)
    edges = [args.events * k // args.parts for k in range(args.parts + 1)]
    paths = [str(folder / f"part_{k:05d}.lhe.gz") for k in range(args.parts)]
    if args.slurm:
        from dask_jobqueue import SLURMCluster

        # Partition, account and the rest as the site wants them: queue=, account=,
        # job_extra_directives=[...].
        cluster = SLURMCluster(cores=1, processes=1, memory="2GB", walltime="04:00:00")
        cluster.scale(args.workers)
    else:
        cluster = LocalCluster(
            n_workers=args.workers, threads_per_worker=1, dashboard_address=None
        )
    with cluster, Client(cluster) as client:
        parts = [
            client.submit(
                make_part, os.path.abspath(args.pack), args.seed, a, b - a, path, retries=3
            )
            for a, b, path in zip(edges, edges[1:], paths)
        ]
        for n, part in enumerate(as_completed(parts), 1):
            print(f"{n} of {args.parts} parts: {Path(part.result()).name}", flush=True)
    subprocess.run([args.omnis, "merge", *paths, "-o", args.output], check=True)
    return subprocess.run(
        [args.omnis, "verify", args.output, "--gridpack", args.pack], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
