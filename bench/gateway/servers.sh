# What the scripts beside it share: builds, starts, pins, describes and stops. Sourced, not run.

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(readlink -f "$here/../..")
scratch=$(mktemp -d)
started=()
key=hf-bench-key
declare -A url pid            # of each server by name: nginx bare warning information limits
names=(nginx bare warning information limits)
declare -A title=([nginx]='nginx proxy_pass' [bare]='bare Kestrel + SocketsHttpHandler'
  [warning]='Holdfast, log level warning' [information]='Holdfast, log level information'
  [limits]='Holdfast, log level warning, with limits')

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

stop_started() {
  local one
  for one in "${started[@]}"; do kill "$one" 2>/dev/null || true; done
  for one in "${started[@]}"; do wait "$one" 2>/dev/null || true; done
  started=()
}

stop_all() {
  stop_started
  rm -rf "$scratch"
}
trap stop_all EXIT
trap 'exit 130' INT TERM

need() {
  local missing=()
  command -v wrk >/dev/null || missing+=(wrk)
  command -v nginx >/dev/null || missing+=(nginx)
  command -v taskset >/dev/null || missing+=(util-linux)
  [ ${#missing[@]} -eq 0 ] && return
  echo "installing ${missing[*]}…" >&2
  { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$scratch/apt.log" 2>&1 ||
    { cat "$scratch/apt.log" >&2; fail "cannot install ${missing[*]}"; }
}

build() {
  [ "$(nproc)" -ge 2 ] || fail "needs two cores: one for the server, one for the load"
  echo "building…" >&2
  local project
  for project in src/Holdfast.Cli bench/Holdfast.Benchmarks bench/gateway/{BarePassThrough,CollectOnSignal,InstantUpstream,OverloadLoad,StreamLoad,TraceLoad}; do
    (cd "$root" && dotnet build "$project" -c Release -v quiet --nologo -nodeReuse:false) >"$scratch/build.log" 2>&1 ||
      { cat "$scratch/build.log" >&2; fail "$project does not build"; }
  done
}

program() { echo "$here/$1/bin/Release/net10.0/$1.dll"; }

# launch NAME CORE COMMAND…: waits for its line "listening on URL"
launch() {
  local name=$1 core=$2 tries
  shift 2
  : >"$scratch/$name.out"
  taskset -c "$core" "$@" >"$scratch/$name.out" 2>"$scratch/$name.err" &
  pid[$name]=$!
  started+=($!)
  for tries in {1..200}; do
    url[$name]=$(sed -n 's/^listening on //p' "$scratch/$name.out" | tr -d '\r')
    [ -n "${url[$name]}" ] && return
    kill -0 "${pid[$name]}" 2>/dev/null || break
    sleep 0.1
  done
  cat "$scratch/$name.err" >&2
  fail "$name does not start"
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# launch_nginx CORE: plain calls on one port, streams (unbuffered) on the next
launch_nginx() {
  local plain streamed upstream=${url[upstream]#http://}
  plain=$(free_port)
  streamed=$(free_port)
  cat >"$scratch/nginx.conf" <<CONF
daemon off; master_process off; worker_processes 1;
pid $scratch/nginx.pid; error_log $scratch/nginx.err warn;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path $scratch/body; proxy_temp_path $scratch/proxy; fastcgi_temp_path $scratch/fastcgi;
  uwsgi_temp_path $scratch/uwsgi; scgi_temp_path $scratch/scgi; client_body_buffer_size 128k;
  upstream up { server $upstream; keepalive 1024; keepalive_requests 1000000000; }
  server { listen 127.0.0.1:$plain; location / {
    proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; } }
  server { listen 127.0.0.1:$streamed; location / {
    proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } }
}
CONF
  taskset -c "$1" nginx -c "$scratch/nginx.conf" -e "$scratch/nginx.err" 2>>"$scratch/nginx.start" &
  pid[nginx]=$!
  started+=($!)
  url[nginx]="http://127.0.0.1:$plain"
  url[nginx-streamed]="http://127.0.0.1:$streamed"
  local tries
  for tries in {1..50}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$streamed") 2>/dev/null && return
    sleep 0.1
  done
  cat "$scratch/nginx.start" "$scratch/nginx.err" >&2
  fail "nginx does not start"
}

# launch_all UPSTREAM-ARGUMENTS…: the upstream on core 1, the servers under test on core 0
launch_all() {
  local level limits
  launch upstream 1 dotnet "$(program InstantUpstream)" "$@"
  launch_nginx 0
  launch bare 0 dotnet "$(program BarePassThrough)" "${url[upstream]}/v1/chat/completions"
  for level in warning information limits; do
    mkdir -p "$scratch/$level"
    limits=
    [ $level = limits ] && limits='
limits: { maxConcurrency: 1000 }
defaults: { queue: { maxConcurrency: 1000 } }'
    cat >"$scratch/$level/holdfast.yaml" <<YAML
server: { urls: "http://127.0.0.1:0", requireKeys: true, adminKey: $key }
logging: { level: ${level/limits/warning} }$limits
providers:
  up: { type: openai, baseUrl: "${url[upstream]}/v1", apiKey: upstream-key }
models:
  smart: { targets: [up/gpt-4o] }
YAML
    launch $level 0 dotnet "$root/src/Holdfast.Cli/bin/Release/net10.0/Holdfast.Cli.dll" serve \
      --config "$scratch/$level/holdfast.yaml"
  done
  local text='Explain in one paragraph what a circuit breaker does and when it opens. '
  text="$text$text$text$text$text$text$text$text"
  printf '{"model":"smart","temperature":0.7,"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"%s"}]}' \
    "$text" >"$scratch/plain.json"
  printf '{"model":"smart","stream":true,"temperature":0.7,"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"%s"}]}' \
    "$text" >"$scratch/streamed.json"
}

# address NAME KIND
address() {
  local base=${url[$1]}
  [ "$1-$2" = nginx-streamed ] && base=${url[nginx-streamed]}
  echo "$base/v1/chat/completions"
}

# wrk_cell NAME KIND SECONDS: its RESULT line; $connections of them
wrk_cell() {
  BENCH_KEY=$key BENCH_BODY=$scratch/$2.json timeout $(($3 + 10)) taskset -c 1 wrk -t1 -c"$connections" -d"$3s" \
    -s "$here/wrk.lua" "$(address "$1" "$2")" | sed -n 's/^RESULT\t//p'
}

# Processor time that a server has used, in ms.
cpu_ms() {
  local fields
  read -r -a fields <"/proc/${pid[$1]}/stat"
  echo $(((fields[13] + fields[14]) * 1000 / $(getconf CLK_TCK)))
}

median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

machine() {
  echo "- $(nproc) cores, $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1), $(awk '/MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)"
  echo "- Linux $(uname -r), .NET $(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \(10[^ ]*\).*/\1/p' | tail -1), $(nginx -v 2>&1 | sed 's/.*nginx/nginx/'), $(wrk -v 2>&1 | sed -n 's/^wrk \([^ ]*\).*/wrk \1/p')"
  echo "- commit $(git -C "$root" describe --always --dirty 2>/dev/null)"
  echo "- load average at the end: $(cut -d' ' -f1-3 /proc/loadavg)"
}
