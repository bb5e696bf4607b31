#!/bin/sh
# run.sh NEVENTS SEED [FLAGS]: leaves events.lhe.gz in the working directory.
# Exit code 0 means exactly NEVENTS events; the same arguments give the same
# file, and a run that was interrupted goes on when it is started again.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: run.sh NEVENTS SEED [FLAGS of omnis generate, such as --threads 4 or -o FILE]" >&2
    exit 2
fi
n=$1
seed=$2
shift 2
named=
for flag in "$@"; do
    case $flag in
        -o* | --output | --output=*) named=yes ;;
    esac
done
if [ -z "$named" ]; then
    set -- -o events.lhe.gz "$@"
fi
here=$(cd "$(dirname "$0")" && pwd)
if [ -d "$here/pdf" ]; then
    export LHAPDF_DATA_PATH="$here/pdf${LHAPDF_DATA_PATH:+:$LHAPDF_DATA_PATH}"
fi
exec "$here/omnis" generate "$here/pack.omnis" -n "$n" --seed "$seed" "$@"
