"""One sample with Parsl: a gridpack, ranges of events, and their merge, as apps that depend on
each other by their files.

    python sample.py pp_tt.toml 100000 sample.lhe.gz --parts 8 --workers 2

Needs the package parsl and the program omnis. Parts that are there are kept, and those that
were interrupted go on from their last checkpoint: a run that was killed goes on when the same
command is given again. For a cluster give config() another provider, such as
parsl.providers.SlurmProvider.
"""

import argparse
import sys
from pathlib import Path

import parsl
from parsl.config import Config
from parsl.data_provider.files import File
from parsl.executors import ThreadPoolExecutor


def config(workers: int) -> Config:
    """Where the apps run: here, at most so many at once."""
    return Config(executors=[ThreadPoolExecutor(max_threads=workers)], retries=3)


@parsl.bash_app
def gridpack(omnis, events, seed, inputs=(), outputs=()):
    card, pack = inputs[0].filepath, outputs[0].filepath
    return f"[ -e '{pack}' ] || '{omnis}' gridpack '{card}' -n {events} --seed {seed} -o '{pack}'"


@parsl.bash_app
def part(omnis, seed, first, end, inputs=(), outputs=()):
    pack, path = inputs[0].filepath, outputs[0].filepath
    return (
        f"[ -e '{path}' ] || '{omnis}' generate '{pack}' --seed {seed} --range {first}..{end}"
        f" --threads 1 -o '{path}'"
    )


@parsl.bash_app
def merge(omnis, inputs=(), outputs=()):
    pack, parts = inputs[0].filepath, " ".join(f"'{p.filepath}'" for p in inputs[1:])
    path = outputs[0].filepath
    return f"'{omnis}' merge {parts} -o '{path}' && '{omnis}' verify '{path}' --gridpack '{pack}'"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("card")
    parser.add_argument("events", type=lambda text: int(float(text)))
    parser.add_argument("output")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--omnis", default="omnis", help="the program")
    args = parser.parse_args()

    folder = Path(args.output + ".parts").absolute()
    folder.mkdir(exist_ok=True)
    edges = [args.events * k // args.parts for k in range(args.parts + 1)]
    card, pack = File(str(Path(args.card).absolute())), File(str(folder / "pack.omnis"))
    with parsl.load(config(args.workers)):
        made = gridpack(args.omnis, args.events, args.seed, inputs=[card], outputs=[pack])
        parts = [
            part(
                args.omnis, args.seed, a, b, inputs=[made.outputs[0]],
                outputs=[File(str(folder / f"part_{k:05d}.lhe.gz"))],
            )
            for k, (a, b) in enumerate(zip(edges, edges[1:]))
        ]
        files = [made.outputs[0], *(p.outputs[0] for p in parts)]
        output = File(str(Path(args.output).absolute()))
        merge(args.omnis, inputs=files, outputs=[output]).result()
    print(f"{args.events} events in {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
