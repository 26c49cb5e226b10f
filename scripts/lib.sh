# Sourced by the other scripts: where the tree is, timed steps, quiet commands.
# Nothing here needs HOME, a terminal or a particular working directory.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 2
}

# quietly NAME COMMAND...: runs it with its output in build/logs/NAME.log; one line with the
# seconds on stderr, so that stdout belongs to the program. On failure the log is shown.
quietly() {
  local name=$1 log status=0 started=$SECONDS
  shift
  log=$root/build/logs/$name.log
  mkdir -p "${log%/*}"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    cat "$log" >&2
    printf '%s: failed with exit code %d after %d s (log: build/logs/%s.log)\n' \
      "$name" "$status" $((SECONDS - started)) "$name" >&2
    return "$status"
  fi
  printf '%s: %d s\n' "$name" $((SECONDS - started)) >&2
}

# configure_and_build PRESET [TARGET...]: one step, whatever state build/PRESET is in.
configure_and_build() {
  local preset=$1
  shift
  cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" ${1:+--target "$@"}
}
