#!/bin/sh
# What the extract container of a task runs, whatever its image is: sh /docops/input/driver/driver.sh
#
# With input/driver/job.json it starts the evaluation runner, which needs Node. Without, it runs the commands itself, and
# needs a POSIX shell (dash, bash, busybox) and `sleep`; it uses cat, tail, rm, chmod and setsid where they are there.
# Everything in this container is the code under test but this script, and both are the same user: nothing that lies in
# work/out is believed. deliver reads it as a stranger's, and knows from its own manifest what may be there.
#
#   work/out/documents/ID/   began, ended, status, stdout, stderr, stderr.end, and timeout, side-timeout or out-of-time
#   work/out/command/        the same for a batch (with predictions.jsonl) and for the setup
#
# Exit code 0: it did what it had to, whatever the commands did. 143: told to stop. Others: it could not work at all.
#
# docops_* come from job/settings.sh; backticks are for readers.
# shellcheck disable=SC2154,SC2016

input=${DOCOPS_INPUT:-/docops/input}
work=${DOCOPS_WORK:-/docops/work}
out=$work/out
job=$input/driver/job

# Exported variables whose names begin with one of ours or of the machine's.
forget() {
  set -f
  IFS='
'
  for line in $(export -p); do
    line=${line#export }
    line=${line#declare -x }
    name=${line%%=*}
    case $name in
      *[!A-Za-z0-9_]*) ;;
      AWS_* | ECS_* | DOCOPS_*) unset "$name" ;;
    esac
  done
  unset IFS
  set +f
}

# Once more from the start without them: what a process was started with stands in /proc for all to read.
if [ "${DOCOPS_DRIVER:-}" != clean ]; then
  forget
  DOCOPS_DRIVER=clean DOCOPS_INPUT=$input DOCOPS_WORK=$work
  export DOCOPS_DRIVER DOCOPS_INPUT DOCOPS_WORK
  exec sh "$0" "$@"
fi

has() { command -v "$1" >/dev/null 2>&1; }

say() { echo "driver: $*" >&2; }

# Hundredths of a second since the machine was started into $now, the text of it into $uptime.
clock() {
  uptime=
  { read -r uptime rest </proc/uptime; } 2>/dev/null
  case $uptime in
    *[!0-9.]* | .* | *.*.* | '') uptime=$(date +%s 2>/dev/null).00 ;;
  esac
  case $uptime in
    .*) uptime=0.00 ;;
  esac
  now=$((${uptime%%.*} * 100 + 1${uptime##*.} - 100))
}

# put FILE TEXT: a new file. What the code has put in its place is left alone: opening a pipe would wait for ever.
put() {
  if [ -e "$1" ] || [ -h "$1" ]; then return 0; fi
  echo "$2" >"$1"
}

# How everything that a command started is reached. Process 1 reaches all that there is; it is never a command's child.
# Asked of this shell itself: a subshell of dash says that it can, and cannot.
reach=nothing
{ set -m; } 2>/dev/null
case $- in
  *m*)
    reach=monitor
    set +m
    ;;
  *) if has setsid; then reach=setsid; fi ;;
esac
if [ "$$" = 1 ]; then reach=container; fi

# signal NAME PID
signal() {
  case $reach in
    container) kill "-$1" -1 ;;
    nothing) kill "-$1" "$2" ;;
    *) kill "-$1" "-$2" ;;
  esac 2>/dev/null
}

# begin COMMAND...: in the background, in a process group of its own; its process into $pid.
begin() {
  case $reach in
    monitor)
      set -m
      "$@" &
      pid=$!
      set +m
      ;;
    setsid)
      setsid "$@" &
      pid=$!
      ;;
    *)
      "$@" &
      pid=$!
      ;;
  esac
}

pid=''
dog=''
stop() {
  trap '' TERM INT HUP
  if [ -n "$pid" ] && [ -f "$input/driver/job.json" ]; then
    # The runner ends what it has started.
    kill -TERM "$pid" 2>/dev/null
    wait "$pid"
  elif [ -n "$pid" ]; then
    # All at once: of one that ended by a milder signal it would be written that it failed.
    signal KILL "$pid"
    kill -KILL "$dog" 2>/dev/null
  fi
  exit 143
}

# What a setup has made must be readable for whoever packs it, who is another user.
open_up() {
  if has chmod; then chmod -R a+rX "$work/code" "$work/home" 2>/dev/null; fi
}

# ---- one command, in a process of its own: driver.sh one FOLDER TMP [ID PATH]

command_itself() {
  trap : TERM
  cd "$work/code" || exit 1
  # shellcheck disable=SC3045
  ulimit -c 0
  unset DOCOPS_DRIVER DOCOPS_INPUT DOCOPS_WORK
  HOME=$work/home TMPDIR=$temporary LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC
  export HOME TMPDIR LANG LC_ALL TZ
  # shellcheck source=/dev/null
  . "$job/environment.sh"
  case $docops_step-$docops_mode in
    extract-document)
      DOCOPS_DOCUMENT_ID=$id DOCOPS_DOCUMENT=$document
      export DOCOPS_DOCUMENT_ID DOCOPS_DOCUMENT
      ;;
    extract-batch)
      DOCOPS_DOCUMENTS=$input/documents DOCOPS_PREDICTIONS=$place/predictions.jsonl
      export DOCOPS_DOCUMENTS DOCOPS_PREDICTIONS
      ;;
  esac
  sh -c "$docops_run" </dev/null
  status=$?
  clock
  put "$place/ended" "$uptime"
  put "$place/status" "$status"
}

# The limit of a file binds the one who writes it, so the command itself may write larger ones elsewhere.
keep_stdout() {
  trap '' TERM
  ulimit -f "$docops_output_blocks"
  exec cat >"$place/stdout"
}

keep_stderr() {
  trap '' TERM
  (
    ulimit -f "$docops_stderr_blocks"
    exec cat >"$place/stderr"
  )
  if has tail; then exec tail -c "$docops_stderr_tail" >"$place/stderr.end"; fi
  exec cat >/dev/null
}

one() {
  place=$1 temporary=$2 id=${3:-} document=${4:-}
  # The pipeline below gets the signal too; this process waits for its end.
  trap : TERM
  clock
  put "$place/began" "$uptime"
  if ! has cat; then
    ulimit -f "$docops_output_blocks"
    command_itself >"$place/stdout" 2>"$place/stderr"
  elif [ "$docops_step-$docops_mode" = extract-document ]; then
    { command_itself 2>&1 >&3 3>&- | keep_stderr 3>&-; } 3>&1 | keep_stdout
  else
    command_itself 2>&1 | keep_stderr
  fi
}

# ---- the time limit of one command

# watch PID SECONDS FOLDER MARK
watch() {
  clock
  until=$((now + $2 * 100))
  while clock && [ "$now" -lt "$until" ]; do
    sleep 1
    # It has ended, and somebody whom it left behind holds its output.
    if [ -e "$3/status" ]; then
      sleep 1
      signal KILL "$1"
      return
    fi
  done
  put "$3/$4" over
  signal TERM "$1"
  sleep "$docops_grace_seconds"
  signal KILL "$1"
}

# limited SECONDS MARK FOLDER TMP [ID PATH]
limited() {
  seconds=$1 mark=$2
  shift 2
  begin sh "$0" one "$@" </dev/null >/dev/null 2>&1
  watch "$pid" "$seconds" "$1" "$mark" </dev/null >/dev/null 2>&1 &
  dog=$!
  wait "$pid"
  # Nobody of one document may see the next one.
  signal KILL "$pid"
  kill -KILL "$dog" 2>/dev/null
  wait "$dog" 2>/dev/null
  pid=''
}

# ---- the whole task

if [ "${1:-}" = one ]; then
  shift
  # shellcheck source=/dev/null
  . "$job/settings.sh"
  one "$@"
  exit 0
fi

umask 022
trap stop TERM INT HUP

if [ -f "$input/driver/job.json" ]; then
  if ! has node; then
    say 'this image has no `node`, and the task was made for the runner, which needs it'
    exit 127
  fi
  node "$input/driver/runner/main.js" "$input/driver/job.json" </dev/null &
  pid=$!
  wait "$pid"
  status=$?
  if [ "$$" = 1 ]; then signal KILL; fi
  read -r step <"$input/driver/step"
  if [ "$step" = setup ]; then open_up; fi
  exit "$status"
fi

# shellcheck source=/dev/null
. "$job/settings.sh"
clock
deadline=$((now + docops_seconds * 100))
if [ "$reach" = nothing ]; then say 'this image has no `setsid`: what a command leaves behind is not ended with it'; fi
if ! has cat; then say 'this image has no `cat`: the limit of the output binds every file that a command writes'; fi

no_sleep='this image has no `sleep` command, without which no time limit can be kept; put coreutils or busybox into it'

if [ "$docops_step" = setup ] || [ "$docops_mode" = batch ]; then
  if has sleep; then
    limited "$docops_seconds" timeout "$out/command" "$work/tmp"
  else
    put "$out/command/problem" "$no_sleep"
  fi
  if [ "$docops_step" = setup ]; then open_up; fi
  exit 0
fi

while read -r id file; do
  place=$out/documents/$id
  # What the code left here while it was at another document.
  if has rm; then rm -rf "${place:?}"/* "$place"/.[!.]* "$place"/..?* 2>/dev/null; fi
  clock
  left=$(((deadline - now + 99) / 100))
  if ! has sleep; then
    put "$place/problem" "$no_sleep"
  elif [ "$left" -le 0 ]; then
    put "$place/out-of-time" yes
  else
    if [ "$left" -lt "$docops_document_seconds" ]; then
      limited "$left" side-timeout "$place" "$work/tmp/$id" "$id" "$input/documents/$file"
    else
      limited "$docops_document_seconds" timeout "$place" "$work/tmp/$id" "$id" "$input/documents/$file"
    fi
    if has rm; then rm -rf "$work/tmp/$id" 2>/dev/null; fi
  fi
done <"$job/documents"
