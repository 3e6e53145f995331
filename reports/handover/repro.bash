#!/usr/bin/env bash
@head@
#
#   LLAMA_SERVER=build/bin/llama-server MODEL=model.gguf ./repro.sh
#
# It starts llama-server, sends what broke it, and says whether it broke again. It needs bash 4.4 or later,
# curl and llama-server, and mkdir, mktemp, rm, sleep and tail, which every system has. It makes all prompts
# itself: ./repro.sh ids prints the token ids of each, ./repro.sh ids 0 those of the first.
#
# RUNS=n      at most so many runs (default @runs@); it ends with the first that breaks, with ALL=1 with the last
# ANY=1       whatever breaks counts, not only what broke before
# STALL=s     seconds without progress that count as a hang (default @stall@); READY=s: of loading (default 900)
# PORT=n      port of llama-server (default: a free one); ARGS="…": further arguments, separated by blanks
# LAUNCH="…"  goes before llama-server, separated by blanks (default: what did then; LAUNCH= is nothing)
@peerhelp@# Exit code, as git bisect run takes it: 1 it broke, 0 it did not, 125 it cannot be told.

set -u
LC_ALL=C
if ((BASH_VERSINFO[0] < 4 || BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] < 4)); then
  echo "this needs bash 4.4 or later, not $BASH_VERSION" >&2
  exit 125
fi

: "${LLAMA_SERVER:=llama-server}" "${MODEL:=}" "${RUNS:=@runs@}" "${ALL:=}" "${ANY:=}" "${STALL:=@stall@}" "${READY:=900}" "${PORT:=}" "${ARGS:=}"
@settings@
# shellcheck disable=SC2206 # split on purpose
[[ -v LAUNCH ]] && launch=($LAUNCH)

# ---- the prompts

ids=()

run() { # COUNT ID…: a period, again and again
  local n=$1 more
  shift
  more=("$@")
  while ((${#more[@]} < n)); do more+=("${more[@]}"); done
  ids+=("${more[@]:0:n}")
}

draw() { # SEED COUNT ID…: drawn from these, each once first (splitmix64)
  local seed=$1 n=$2 i z k list
  shift 2
  list=("$@") k=$#
  for ((i = 0; i < n; i++)); do
    if ((i < k)); then
      ids+=("${list[i]}")
      continue
    fi
    ((z = seed + (i + 1) * -7046029254386353131,
      z = (z ^ (z >> 30 & 0x3ffffffff)) * -4658895280553007687,
      z = (z ^ (z >> 27 & 0x1fffffffff)) * -7723592293110705685,
      z = z ^ (z >> 31 & 0x1ffffffff),
      z = ((z >> 1 & 0x7fffffffffffffff) % k * 2 + (z & 1)) % k))
    ids+=("${list[z]}")
  done
}

random() { # HIGH LOW COUNT: drawn from all ordinary ids (PCG-DXSM)
  local hi=$1 lo=$2 n=$3 k=${#ordinary[@]} m=0xffffffff i a b p q r x
  for ((i = 0; i < n; i++)); do
    ((a = lo >> 32 & m, b = lo & m,
      p = b * 2681009733,
      q = a * 2681009733 + (p >> 32 & m),
      r = b * 1132846948 + (q & m),
      p = a * 1132846948 + (q >> 32 & m) + (r >> 32 & m),
      hi = p + hi * 4865540595714422341 + lo * 2549297995355413924,
      lo = lo * 4865540595714422341 + 1442695040888963407,
      p = (lo ^ 0x8000000000000000) < (1442695040888963407 ^ 0x8000000000000000),
      hi = hi + 6364136223846793005 + p,
      x = (hi ^ (hi >> 32 & m)) * -2696494805208442699,
      x = (x ^ (x >> 48 & 0xffff)) * (lo | 1)))
    ids+=("${ordinary[(x >> 33 & 0x7fffffff) * k >> 31]}")
  done
}

unpack() { # SYMBOL…: words of the dictionary, numbers to the base 64
  local w text=
  ((${#words[@]} > 0)) || dictionary
  for w; do text+=" ${words[64#$w]}"; done
  # shellcheck disable=SC2206 # split on purpose
  ids+=($text)
}

words=()
dictionary() { # each pair is a word made of two before it
  local i
  words=("${values[@]}")
  for ((i = 0; i < ${#pairs[@]}; i += 2)); do words+=("${words[64#${pairs[i]}]} ${words[64#${pairs[i + 1]}]}"); done
}

head_of() { # PROMPT COUNT: the beginning of another
  "prompt$1"
  ids=("${ids[@]:0:$2}")
}

ids_of() { # PROMPT: into ids, made once
  if [[ ! -s $work/ids.$1 ]]; then
    ids=()
    "prompt$1"
  fi
  local IFS=,
  if [[ ! -s $work/ids.$1 ]]; then
    echo "${ids[*]}" >"$work/ids.$1"
  fi
  read -r -a ids <"$work/ids.$1"
}

@prompts@
# ---- llama-server

work=$(mktemp -d) || exit 125
server='' asked=() peers=()

say() { printf '%s\n' "$*"; }
cannot() { # SENTENCE: nothing can be said
  say "CANNOT TELL: $*"
  exit 125
}

alive() { [[ -n $server ]] && kill -0 "$server" 2>/dev/null; }

stop() { # ends what was started
  local pid i
  for pid in ${asked[@]+"${asked[@]}"} $server ${peers[@]+"${peers[@]}"}; do kill "$pid" 2>/dev/null; done
  for pid in $server ${peers[@]+"${peers[@]}"}; do
    for ((i = 0; i < 100; i++)); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  server='' asked=() peers=()
}
keep=''
trap 'stop; [[ -n $keep ]] || rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

free_port() { # into port; below those that systems give to clients
  while port=$((20000 + RANDOM % 12000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
}

start() { # returns 1 where it does not become ready
  local args i list='' port=$PORT
  [[ -n $port ]] || free_port
  url=http://127.0.0.1:$port
@peers@  args=()
  if [[ -n ${RPC:-} ]]; then args+=(--rpc "$RPC"); fi
  for i in "${!optional[@]}"; do # what this build does not know is left out
    if [[ -z ${optional[i]} || $help == *"${optional[i]}"* ]]; then eval "args+=(${settings[i]})"; fi
  done
  # shellcheck disable=SC2206 # split on purpose
  args+=($ARGS --host 127.0.0.1 --port "$port")
  (
    ((${#environment[@]} == 0)) || export "${environment[@]}"
    exec ${launch[@]+"${launch[@]}"} "$LLAMA_SERVER" "${args[@]}"
  ) >"$logs/server.log" 2>&1 &
  server=$!
  for ((i = SECONDS; SECONDS - i < READY; )); do
    alive || return 1
    [[ $(curl -s -m 5 "$url/health" 2>/dev/null) == *'"ok"'* ]] && return 0
    sleep 0.1
  done
  return 1
}

# ---- the requests

number=0 # of the step

ask() { # SLOT GROWN DELAY_MS CANCEL_AFTER MAY_REFUSE WHOLE KIND PROMPT PATH BEFORE AFTER: of the next step
  # KIND is ids, text or none; WHOLE says that the answer comes in one piece.
  local held k=${#asked[@]} prompt='' IFS=$' \t\n'
  ids_of "$8"
  IFS=,
  if (($2)) && [[ -s $work/held.$1 ]]; then
    read -r -a held <"$work/held.$1"
    ((${#held[@]} < ${#ids[@]})) && ids=("${held[@]}" "${ids[@]:${#held[@]}}")
  fi
  [[ $7 == none ]] || prompt="[${ids[*]}]"
  if [[ $7 == text ]]; then # as the server spells the ids
    prompt=$(echo "{\"tokens\":$prompt}" | curl -sS -m "$STALL" -H 'Content-Type: application/json' --data-binary @- "$url/detokenize")
    [[ $prompt == '{"content":'*'}' ]] || prompt='{"content":""}'
    prompt=${prompt#'{"content":'} prompt=${prompt%'}'}
    rm -f "$work/sent.$k"
  else
    echo "${ids[*]}" >"$work/sent.$k"
  fi
  printf '%s' "${10}" "$prompt" "${11}" >"$work/body.$k"
  rm -f "$work/answer.$k"
  asked+=("$k $1 $3 $4 $5 $6 $9")
}

follow() { # K SLOT DELAY_MS CANCEL_AFTER MAY_REFUSE WHOLE PATH: sends a request and watches it
  local k=$1 slot=$2 delay=$3 cancel=$4 refuse=$5 whole=$6 line how=cut at=0 last=-1 moved reply='' nan='' code='' in curl
  sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
  exec {in}< <(exec curl -sS -N -H 'Content-Type: application/json' -w '\nhttp %{http_code}\n' --data-binary "@$work/body.$k" "$url$7" 2>&1)
  curl=$! moved=$SECONDS
  while :; do
    if IFS= read -r -t 1 -u "$in" line; then
      case $line in
      'data: {"error"'* | 'error: {'* | '{"error"'*)
        how=error
        say "slot $slot: ${line:0:300}" >>"$work/said"
        ;;
      *'"stop":true'* | 'data: [DONE]'*)
        how=complete moved=$SECONDS
        ;;
      *'"prompt_progress"'*)
        if [[ $line =~ \"processed\":([0-9]+) ]] && ((BASH_REMATCH[1] > last)); then
          at=${BASH_REMATCH[1]} last=$at moved=$SECONDS
        fi
        if ((cancel > 0 && at >= cancel)); then
          how=cancelled
          break
        fi
        ;;
      'data: '*)
        moved=$SECONDS
        [[ $line =~ \"tokens\":\[([0-9,]+)\] ]] && reply+=,${BASH_REMATCH[1]}
        [[ $line == *'"logprob":null'* ]] && nan=1
        ;;
      'http '*) code=${line#http } ;;
      esac
    elif (($? <= 128)); then
      break # the end of the answer
    elif ((SECONDS - moved >= STALL)); then
      how=hang
      break
    fi
  done
  kill "$curl" 2>/dev/null
  if [[ $how == cut || $how == error ]] && [[ -n $code && $code != 000 ]]; then
    ((code != 200)) && how=$code
    ((whole && code == 200 || refuse && code >= 400 && code < 500)) && how=complete
  fi
  if [[ $how == complete && -s $work/sent.$k ]]; then echo "$(<"$work/sent.$k")$reply" >"$work/held.$slot"; fi
  echo "$how $at ${nan:-0} ${reply#,}" >"$work/answer.$k"
}

together() { # sends what was asked; returns 1 where it broke
  local waiting=() a how at nan reply furthest=0 worst=complete
  ((number++))
  for a in "${asked[@]}"; do
    # shellcheck disable=SC2086 # split on purpose
    follow $a &
    waiting+=($!)
  done
  asked=("${waiting[@]}")
  wait "${waiting[@]}"
  for a in "${!asked[@]}"; do
    read -r how at nan reply <"$work/answer.$a"
    ((at > furthest)) && furthest=$at
    [[ $how == cancelled || $how == complete ]] || worst=$how
    if [[ $how == complete && $nan == 1 ]]; then worst=nan; fi
    if [[ $how == complete && $kinds == *same* && $reply =~ ^([0-9]+)(,\1){7,}$ ]]; then worst=same; fi
    [[ $worst == complete && -n ${SHOW:-} ]] && say "  step $number, request $((a + 1)): $reply"
  done
  asked=()
  where="in step $number of $steps, after $furthest prompt tokens"
  gone "$worst" && return 1
  case $worst in
  complete) return 0 ;;
  hang) broke=hang told="no progress for $STALL s $where" ;;
  nan) broke=nan told="the probabilities of the answer are not numbers, $where" ;;
  same) broke=same told="the answer is one token again and again, $where" ;;
  4*) cannot "the server refuses a request ($where): $(tail -n 1 "$work/said" 2>/dev/null)" ;;
  cut) broke=error told="the answer broke off and the server lives, $where" ;;
  *)
    broke=error told="the server answered with an error and lives, $where"
    [[ -s $work/said ]] && told+=": $(tail -n 1 "$work/said")"
    ;;
  esac
  return 1
}

gone() { # HOW: whether the server has died; a death takes its time
  local i status pid
  for ((i = 0; i < 100; i++)); do
    for pid in ${peers[@]+"${peers[@]}"}; do
      if ! kill -0 "$pid" 2>/dev/null; then
        broke=died told="an rpc-server died $where"
        return 0
      fi
    done
    if ! alive; then
      { wait "$server"; } 2>/dev/null
      status=$?
      server=''
      broke=died told="the server died with exit code $status $where"
      ((status > 128)) && told="the server died of SIG$(kill -l $((status - 128))) $where"
      return 0
    fi
    case $1 in
    complete | hang | nan | same | 4*) return 1 ;;
    5* | error) ((i >= 30)) && return 1 ;;
    esac
    sleep 0.1
  done
  return 1
}

@scenario@
# ---- what came of it

same_bug() { # whether what broke is what broke before
  [[ -n $ANY ]] && return 0
  [[ " $kinds " == *" $broke "* ]] || return 1
  [[ -z $words_said || $broke == hang ]] && return 0
  local log
  for log in "$logs"/*; do
    [[ $(<"$log") == *"$words_said"* ]] 2>/dev/null && return 0
  done
  return 1
}

if [[ ${1:-} == ids ]]; then
  for ((n = 0; n < prompts; n++)); do
    [[ $n == "${2:-$n}" ]] || continue
    ids_of "$n"
    printf '%s\n' "${ids[*]}"
  done
  exit 0
fi
case ${1:-} in
'') ;;
-h | --help)
  while IFS= read -r line && [[ $line == '#'* ]]; do say "$line"; done <"$0"
  exit 0
  ;;
*)
  say "it takes no arguments but ids N; settings come from the environment, see: $0 --help" >&2
  exit 125
  ;;
esac
command -v curl >/dev/null || cannot "there is no curl on PATH"
help=$(${launch[@]+"${launch[@]}"} "$LLAMA_SERVER" --help 2>&1) || cannot "${launch[*]:+${launch[*]} }$LLAMA_SERVER does not run; set LLAMA_SERVER to a llama-server, and LAUNCH to what goes before it"
[[ -z $model || -r ${MODEL:=$model} ]] || cannot "there is no model file ${MODEL:-$model}; set MODEL to $model_is"

exec 2>"$work/bash.log" # where bash tells of the dead
say "$title"
hits=0 others=0
for ((n = 1; n <= RUNS; n++)); do
  broke='' told='' number=0 where='while it was loading' logs=$work/run-$n
  mkdir "$logs"
  rm -f "$work"/held.* "$work/said"
  if start; then
    if scenario; then
      sleep 0.5 # some die once they have answered
      where="after the last answer"
      gone complete
    fi
  else
    gone complete || told="the server did not become ready in $READY s"
    broke=load
    if [[ " $kinds " != *" load "* ]]; then
      tail -n 20 "$logs/server.log"
      cannot "$told; nothing was sent"
    fi
  fi
  stop
  if [[ -z $broke ]]; then
    say "run $n: clean"
    rm -rf "$logs"
    continue
  fi
  keep=1
  tail -n 12 "$logs/server.log"
  if same_bug; then
    ((hits++))
    say "run $n: BROKE: $told; all it said: $logs"
    [[ -n $ALL ]] || break
  else
    ((others++))
    say "run $n: broke, but not as it did before: $told; all it said: $logs"
  fi
done
((n > RUNS)) && n=$RUNS
if ((hits > 0)); then
  say "REPRODUCED: it broke in $hits of $n runs"
  exit 1
elif ((others > 0)); then
  cannot "it broke in $others of $n runs, but not as it did before ($before); ANY=1 counts whatever breaks"
fi
say "NOT REPRODUCED: clean in $n runs"
exit 0
