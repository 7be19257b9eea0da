#!/usr/bin/busybox sh
# The first process of both containers of a builder that stays: `builder fetch|build SECONDS`. While there is nothing to do it is all
# that runs, and starts no process. A new list of orders is a new name beside it: the kubelet writes each into a directory of its own.
# Then enbi does one order at most (src/main/listed-order.ts). Nothing that stands in a list is seen here.
step=$1 idle=$2
case $step in
  fetch) own=/enbi/handover other=/enbi/handback ;;
  build) own=/enbi/handback other=/enbi/handover ;;
  *) exit 12 ;;
esac

# All other processes are killed between orders. Elsewhere that would be everybody's.
if [ $$ != 1 ]; then
  echo '[enbi] the builder is not the first process of its container' >&2
  exit 12
fi

# What is never written to is waited for, so that no `sleep` has to be started.
/usr/bin/mkfifo /tmp/never && exec 3<>/tmp/never && /usr/bin/rm /tmp/never || exit 12

# Each of the two ends when it sees that the other one has.
end() {
  : >"$own/ended"
  exit "$1"
}

running='' stopped=''
trap 'stopped=yes; [ -z "$running" ] || kill -TERM "$running"' TERM INT

run_order() {
  /usr/bin/node /opt/enbi/enbi.mjs "$step-listed" 3<&- &
  running=$!
  [ -z "$stopped" ] || kill -TERM "$running"
  # A signal ends the wait and not the process.
  while wait "$running"; code=$?; [ -e "/proc/$running" ]; do :; done
  running=''
  # Whatever an order has left behind, of whatever session or user namespace: all have one uid.
  kill -9 -1 2>/dev/null
}

seen='' left=''
while [ -z "$stopped" ]; do
  set -- /enbi/order/..2*
  if [ "$*" != "$seen" ]; then
    seen=$*
    run_order
    # As src/main/listed-order.ts says what is left to do.
    case $code in
      0) left=$((idle * 10)) ;;
      20) left='' ;;
      21) seen='' ;;
      22) end 0 ;;
      *) end "$code" ;;
    esac
    continue
  fi
  [ ! -e "$other/ended" ] && [ "$left" != 0 ] || end 0
  [ -z "$left" ] || left=$((left - 1))
  read -r -t 0.1 _ <&3
done
end 0
