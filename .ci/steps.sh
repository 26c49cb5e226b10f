# The steps of .ci/run that are more than one command. Sourced in a shell of its own per step.

# Whole programs, two at a time: each case in a process of its own would cost minutes of start-up.
# The largest tests of the property suites are left out; a campaign stands in their place.
sanitizer_tests() {
  local status=0
  quietly build-asan configure_and_build asan
  export ASAN_OPTIONS=strict_string_checks=1:check_initialization_order=1
  export LSAN_OPTIONS=suppressions=$root/tests/support/lsan.supp:print_suppressions=0
  export UBSAN_OPTIONS=print_stacktrace=1
  find build/asan/tests -maxdepth 1 -name '*_test' -executable -printf '%f\n' | sort |
    grep -v -x -e tidy_test -e gpu_test |
    xargs -P "$jobs" -I{} bash -c '. scripts/lib.sh; . .ci/steps.sh; sanitized_program {}' ||
    status=1
  ctest --preset asan -j "$jobs" -R '^(conformance|regressions)\.' || status=1
  build/asan/lockstep verify --cases 1500 --seed "$RANDOM" --jobs "$jobs" \
    --findings build/findings || status=1
  return "$status"
}

# The tests with real threads, under the thread sanitizer, and little else: in full it would take as
# long as the address sanitizer.
thread_sanitizer_tests() {
  local test
  quietly build-tsan configure_and_build tsan threads_test batcher_threads_test
  for test in threads_test batcher_threads_test; do
    build/tsan/tests/$test --gtest_brief=1
  done
}

sanitized_program() {
  local large='Coverage.IsComplete*:Relations.HoldFor*:LatencyBound.IsReached*'
  large+=':LatencyBound.HoldsOnDrawn*:DrawCase.SetsEvery*:DrawCase.RunsOr*:Anomalies.*'
  large+=':DeviceFiles.SurviveAnyEdit*:TfSharedReference.*'
  quietly "asan-$1" "$root/build/asan/tests/$1" --gtest_brief=1 --gtest_filter="-$large"
}

# The folder for GPU hosts, and what its gpu_check says here: 77 without a GPU, else the checks.
bundle_for_gpu_hosts() {
  local status=0
  if ! command -v nvcc >/dev/null && [[ ! -x /usr/local/cuda/bin/nvcc ]]; then
    echo "no CUDA toolkit here: nothing to bundle"
    return 0
  fi
  quietly gpu-bundle scripts/gpu_bundle build/gpu_bundle
  build/gpu_bundle/gpu_check --short build/gpu_check || status=$?
  ((status == 0 || status == 77))
}

tidy_and_format() {
  local status=0
  scripts/format --check || status=1
  scripts/tidy || status=1
  # Every header without a source compiles alone; one with a source is its first include.
  quietly headers configure_and_build dev all_verify_interface_header_sets ||
    status=1
  if [[ -x scripts/readme ]]; then
    scripts/readme --check || status=1
  fi
  return "$status"
}

# Random scenarios against the slow references, with a fresh seed each time, printed first, so that
# a failure can be repeated: the plain rules, then all options in two halves side by side.
campaigns() {
  local seed run half status=0
  seed=$((($(od -An -N2 -tu2 /dev/urandom) % 90000) + 1))
  for run in 0 1 2 3 4; do
    echo "fresh seed $((seed + run)): 20,000 scenarios; repeat: build/test/tests/core_spec_test" \
      "--gtest_filter='TfSharedReference.*' --gtest_random_seed=$((seed + run))"
    quietly "campaign-$run" build/test/tests/core_spec_test --gtest_filter='TfSharedReference.*' \
      --gtest_random_seed=$((seed + run))
  done
  local halves=()
  for half in 0 50000; do
    echo "fresh seed $seed: 50,000 scenarios with all options; repeat:" \
      "build/test/tests/tf_full_campaign $seed $half 50000"
    quietly "campaign-full-$half" build/test/tests/tf_full_campaign "$seed" "$half" 50000 &
    halves+=("$!")
  done
  for half in "${halves[@]}"; do
    wait "$half" || status=1
  done
  # Every property over every scheduler; a finding is repeated by the command that it prints.
  echo "fresh seed $seed: lockstep verify --suite pr --seed $seed"
  build/test/lockstep verify --suite pr --seed "$seed" --jobs "$jobs" --findings build/findings ||
    status=1
  # Seeded bugs of the core, each until a property finds it: docs/seeded_bugs.md.
  echo "fresh seed $seed: lockstep verify --seeded-bugs --seed $seed"
  quietly seeded-bugs seeded_bugs "$seed" || status=1
  grep 'NOT FOUND' build/logs/seeded-bugs.log || true
  tail -n 1 build/logs/seeded-bugs.log
  # 100,000 schedules of the live driver; it prints how a finding is repeated.
  build/test/lockstep dev explore --cases 100000 --seed "$seed" --jobs "$jobs" || status=1
  return "$status"
}

# 20 fixed seeds find them all; a fresh one may miss one or two of the rarest by chance.
seeded_bugs() {
  local missed
  build/test/lockstep_seeded_bugs --minimise --seed "$1" --jobs "$jobs" || (($? == 1)) || return 1
  missed=$(grep -c 'NOT FOUND' build/logs/seeded-bugs.log || true)
  ((missed <= 2))
}
