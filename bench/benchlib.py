"""What the scripts of this folder share: a real server on loopback, a plain client, figures and tables.

Only Python's standard library. The client speaks HTTP/1.1 over bare sockets, so that what is measured is the server and
some tens of microseconds of Python, not a library.
"""
import json
import math
import multiprocessing
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

TOP = pathlib.Path(__file__).resolve().parent.parent
DEFAULT_MUSIC = "/usr/share/games/wesnoth/1.16/data/core/music"
PRESETS = ["adaptive", "gentle", "warm", "bright", "punchy", "live"]
AUDIO_SUFFIXES = {".ogg", ".flac", ".wav", ".mp3", ".opus", ".oga", ".aif", ".aiff",
                  ".m4a", ".aac", ".wma", ".ape", ".wv", ".tta", ".dsf", ".dff", ".mka", ".webm"}
WAV_HEADER_BYTES = 44  # 16-bit stereo or mono; checked on every stream
CHUNK_SECONDS = 30
SEAM_SECONDS = 1


def say(text):
    print(text, file=sys.stderr, flush=True)


def give_up(text):
    say(f"{pathlib.Path(sys.argv[0]).name}: {text}")
    sys.exit(2)


def binary(name):
    path = pathlib.Path(os.environ.get("SEGUE_BUILD", TOP / "build/release")) / name
    if not os.access(path, os.X_OK):
        give_up(f"'{path}' is missing; build it with: tools/build release segue {name}")
    return str(path)


def music_files(folder):
    files = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in AUDIO_SUFFIXES)
    if not files:
        give_up(f"no music in '{folder}'; name a folder with --music, or: apt-get install wesnoth-1.16-music")
    return files


def main_track(files):
    """battle.ogg where there is one, else the largest file."""
    named = [p for p in files if p.name == "battle.ogg"]
    return named[0] if named else max(files, key=lambda p: p.stat().st_size)


def cores():
    return len(os.sched_getaffinity(0))


def measure_loudness(source, content=None):
    """What ffmpeg's ebur128 says of an input: integratedLufs, truePeakDbtp, and peakSeconds, where that peak was found.

    The log's summary has one decimal, the metadata has three.
    @param source  ffmpeg's options for its input  @param content  what it reads from pipe:0"""
    command = ["ffmpeg", "-v", "info", "-nostats", *source, "-af",
               "ebur128=peak=true:metadata=1:framelog=verbose,ametadata=mode=print:file=-", "-f", "null", "/dev/null"]
    given = {"stdin": subprocess.DEVNULL} if content is None else {"input": content}
    done = subprocess.run(command, capture_output=True, **given)
    log = done.stderr.decode(errors="replace")
    if done.returncode != 0:
        raise RuntimeError(f"ffmpeg: {log[-500:]}")
    summary = log[log.rindex("Summary:"):]
    summed = float(re.search(r"I:\s+(\S+) LUFS", summary).group(1))
    summed_peak = float(re.search(r"True peak:\s+Peak:\s+(\S+) dBFS", summary).group(1))
    loudness = re.findall(rb"lavfi\.r128\.I=(\S+)", done.stdout)
    peaks = [float(x) for x in re.findall(rb"lavfi\.r128\.true_peak=(\S+)", done.stdout)]
    if not peaks or not loudness:  # shorter than a tenth of a second
        return {"integratedLufs": summed, "truePeakDbtp": summed_peak, "peakSeconds": 0.0}
    integrated = float(loudness[-1])
    peak = 20 * math.log10(max(peaks[-1], 1e-6))
    # The metadata ends with the last whole tenth of a second.
    if abs(summed - integrated) > 0.11:
        raise RuntimeError(f"ffmpeg contradicts itself: {summed} and {integrated} LUFS")
    return {"integratedLufs": integrated, "truePeakDbtp": peak if summed_peak - peak < 0.1 else summed_peak,
            "peakSeconds": peaks.index(peaks[-1]) / 10}


def make_flac(source, folder):
    out = pathlib.Path(folder) / (pathlib.Path(source).stem + ".flac")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(source), "-map", "0:a:0", "-c:a", "flac", "-sample_fmt",
                    "s16", str(out)], check=True, stdin=subprocess.DEVNULL)
    return out


class Scratch:
    """A temporary folder; TMPDIR says where."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="segue-bench-"))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def percentile(values, part):
    """Nearest rank: a value that was measured."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def spread(values):
    """n, p50, p95 and max of seconds, in milliseconds."""
    if not values:
        return {"n": 0}
    return {"n": len(values), "p50": 1e3 * percentile(values, 0.5), "p95": 1e3 * percentile(values, 0.95),
            "max": 1e3 * max(values)}


def machine():
    model = platform.processor() or "unknown"
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = int(re.search(r"MemTotal:\s+(\d+)", open("/proc/meminfo").read()).group(1))
    git = subprocess.run(["git", "-C", str(TOP), "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"],
                         capture_output=True, text=True)
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "memoryGiB": round(memory / 2**20, 1),
            "system": f"{platform.system()} {platform.release()}",
            "date": time.strftime("%Y-%m-%d %H:%M %Z"), "commit": git.stdout.strip() or "unknown"}


# The client.

class Response:
    def __init__(self, status, headers, started):
        self.status = status
        self.headers = headers
        self.started = started  # the rest of the body that came with the header

    @property
    def length(self):
        return int(self.headers.get("content-length", -1))


class Connection:
    """One connection, one request at a time."""

    def __init__(self, port, receive_buffer=None):
        self.port = port
        self.receive_buffer = receive_buffer
        self.socket = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def open(self):
        if self.socket is None:
            self.socket = socket.socket()
            self.socket.settimeout(60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.receive_buffer:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
            self.socket.connect(("127.0.0.1", self.port))

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def request(self, path, byte_range=None, headers=()):
        """Sends a GET and reads the header of the answer."""
        self.open()
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if byte_range is not None:
            lines.append(f"Range: bytes={byte_range}")
        lines.extend(headers)
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        received = b""
        while b"\r\n\r\n" not in received:
            got = self.socket.recv(65536)
            if not got:
                raise ConnectionError(f"{path}: the server closed the connection")
            received += got
        head, _, rest = received.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        parsed = {}
        for field in fields:
            name, _, value = field.partition(":")
            parsed[name.strip().lower()] = value.strip()
        return Response(int(first.split()[1]), parsed, rest)

    def body(self, response):
        """The whole body; an error when it ends before its length."""
        out = bytearray(response.length)
        view = memoryview(out)
        have = len(response.started)
        view[:have] = response.started
        while have < len(out):
            got = self.socket.recv_into(view[have:])
            if got == 0:
                raise ConnectionError(f"the body ended after {have} of {len(out)} bytes")
            have += got
        return bytes(out)

    def get(self, path, byte_range=None):
        response = self.request(path, byte_range)
        return response, self.body(response)

    def drain(self, response):
        """Reads and drops the whole body. @return bytes"""
        buffer = bytearray(1 << 20)
        have = len(response.started)
        while have < response.length:
            got = self.socket.recv_into(buffer, min(len(buffer), response.length - have))
            if got == 0:
                raise ConnectionError(f"the body ended after {have} of {response.length} bytes")
            have += got
        return have

    def first_audio(self, path, byte_range=None, header_bytes=0):
        """Seconds from before connect() (if not connected) and sending to the first byte after `header_bytes` of body."""
        start = time.perf_counter()
        response = self.request(path, byte_range)
        if response.status not in (200, 206):
            raise ConnectionError(f"{path}: status {response.status}: {response.started[:300]!r}")
        while len(response.started) <= header_bytes:
            got = self.socket.recv(65536)
            if not got:
                raise ConnectionError(f"{path}: the body ended before the first byte of audio")
            response.started += got
        seconds = time.perf_counter() - start
        if header_bytes == WAV_HEADER_BYTES and response.started[36:40] != b"data":
            raise ConnectionError(f"{path}: the header is not {WAV_HEADER_BYTES} bytes long")
        return seconds, response


def echo(listener):
    """Answers every request with the same few bytes."""
    body = bytes(4096)
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    while True:
        peer, _ = listener.accept()
        with peer:
            if peer.recv(65536):
                peer.sendall(answer)


def floor(samples):
    """Seconds that the client itself, the kernel and the machine's other work cost: first bytes of a bare echo on fresh
    connections, measured as the server's are."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        port = listener.getsockname()[1]
        process = multiprocessing.Process(target=echo, args=(listener,), daemon=True)
        process.start()
    try:
        found = []
        for _ in range(samples):
            with Connection(port) as connection:
                found.append(connection.first_audio("/")[0])
        return found
    finally:
        process.terminate()
        process.join()


class Track:
    def __init__(self, fields):
        self.id = fields["id"]
        self.title = fields["title"]
        self.seconds = fields["durationSeconds"]
        self.rate = fields["sampleRateHz"]
        self.channels = fields["channels"]
        self.codec = fields["codec"]

    @property
    def frame_bytes(self):
        return 2 * self.channels

    def stream(self, preset="adaptive", intensity=1.0, bits=16):
        return f"/api/player/stream/{self.id}?preset={preset}&intensity={intensity:.9g}&bits={bits}"

    def offset(self, seconds):
        """Byte of the 16-bit stream where the frame at `seconds` begins."""
        return WAV_HEADER_BYTES + self.frame_bytes * int(seconds * self.rate)


class Server:
    """`segue serve` on a free port of loopback. The data folder is the caller's."""

    def __init__(self, roots, data, workers=0, cache="4GiB"):
        pathlib.Path(data).mkdir(parents=True, exist_ok=True)
        self.log_path = pathlib.Path(data) / "server.log"
        command = [binary("segue"), "serve", "--data", str(data), "--port", "0", "--workers", str(workers),
                   "--cache-size", cache, "--log-level", "info"]
        for root in roots:
            command += ["--library", str(root)]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SEGUE_")}
        start = time.perf_counter()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL,
                                            text=True, env=environment)
        line = self.process.stdout.readline()
        self.start_seconds = time.perf_counter() - start
        found = re.search(r"http://[^ ]+:(\d+)", line)
        if not found:
            self.process.kill()
            raise RuntimeError(f"the server did not start: {line!r} {self.log_path.read_text()[-1000:]}")
        self.port = int(found.group(1))
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """@return seconds until it had ended; an error when it failed"""
        if self.process.poll() is None:
            start = time.perf_counter()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise RuntimeError("the server did not stop within 30 s of SIGTERM") from None
            took = time.perf_counter() - start
        else:
            took = 0.0
        self.process.stdout.close()
        if self.process.returncode != 0:
            raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log_path.read_text()[-2000:]}")
        return took

    def connect(self, receive_buffer=None):
        return Connection(self.port, receive_buffer)

    def json(self, path):
        """A GET of the API. @errors RuntimeError unless it is answered with 200"""
        with self.connect() as connection:
            response, body = connection.get(path)
        if response.status != 200:
            raise RuntimeError(f"{path}: status {response.status}: {body[:300]!r}")
        return json.loads(body)

    def metric(self, name):
        """A metric's value; with labels, the sum."""
        with self.connect() as connection:
            text = connection.get("/metrics")[1].decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith(name) and line[len(name)] in " {")

    def _wait(self, what, seconds, done):
        deadline = time.monotonic() + seconds
        while not done():
            if self.process.poll() is not None:
                raise RuntimeError(f"the server has died:\n{self.log_path.read_text()[-2000:]}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what}: not within {seconds} s")
            time.sleep(0.01)

    def wait_scanned(self, least_tracks, seconds=60):
        def scanned():
            health = self.json("/api/health")
            return not health["scan"]["running"] and health["tracks"] >= least_tracks

        self._wait("scan", seconds, scanned)

    def wait_analysed(self, seconds=300):
        """Until the background has analysed every track: asked of the tracks themselves."""
        self._wait("analysis", seconds, lambda: self.json("/api/health")["analysis"]["pending"] == 0)
        for track in self.tracks():
            self._wait(f"analysis of {track.title}", seconds,
                       lambda t=track: self.json(f"/api/tracks/{t.id}/analysis")["coverage"] == "full")

    def wait_idle(self, seconds=60):
        """Until nothing is rendered or queued."""
        self._wait("idle renderer", seconds,
                   lambda: self.metric("segue_renders_running") == 0 and self.metric("segue_render_queue_depth") == 0)

    def tracks(self):
        tracks, after = [], ""
        while True:
            page = self.json(f"/api/tracks?limit=1000{after}")
            tracks += [Track(fields) for fields in page["tracks"]]
            if page["next"] is None:
                return tracks
            after = "&after=" + urllib.parse.quote(page["next"])

    def chunks(self, track, preset, intensity, bits=16):
        return self.json(f"/api/player/chunks/{track.id}?preset={preset}&intensity={intensity:.9g}&bits={bits}")["chunks"]

    def wait_rendered(self, track, preset, intensity, first=0, count=None, bits=16, seconds=120):
        """Until the chunks [first, first + count) are in the cache."""
        def rendered():
            states = self.chunks(track, preset, intensity, bits)
            return all(s == "ready" for s in states[first:None if count is None else first + count])

        self._wait("render", seconds, rendered)

    # What the kernel says about the process.

    def _status(self, field):
        return int(re.search(rf"^{field}:\s+(\d+)", open(f"/proc/{self.pid}/status").read(), re.M).group(1))

    def rss_mib(self):
        return self._status("VmRSS") / 1024

    def peak_mib(self):
        return self._status("VmHWM") / 1024

    def threads(self):
        return self._status("Threads")

    def forget_peak(self):
        """The peak begins anew at what is resident now."""
        with open(f"/proc/{self.pid}/clear_refs", "w") as file:
            file.write("5")

    def cpu_seconds(self):
        fields = open(f"/proc/{self.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Load:
    """How busy the machine was with other things: CPU time of all processes but ours."""

    def __init__(self):
        self.start = self._now()

    @staticmethod
    def _now():
        fields = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
        busy = sum(fields) - fields[3] - fields[4]
        own = os.times()
        return busy / os.sysconf("SC_CLK_TCK"), own.user + own.system + own.children_user + own.children_system, \
            time.monotonic()

    def others(self):
        """Cores that others used, on average. Children count once they have ended."""
        busy, own, at = self._now()
        return max(0.0, ((busy - self.start[0]) - (own - self.start[1])) / max(at - self.start[2], 1e-9))


# A process counts the memory of the one it was started from as its own, so a small one starts what is measured.
LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
report = [time.perf_counter() - start, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime,
          os.waitstatus_to_exitcode(status)]
os.write(int(sys.argv[1]), json.dumps(report).encode())
"""


def run_measured(command, **kwargs):
    """Runs a process. @return (seconds, peak MiB, CPU seconds, CompletedProcess)"""
    reader, writer = os.pipe()
    with os.fdopen(reader) as reports:
        launched = subprocess.run([sys.executable, "-S", "-c", LAUNCHER, str(writer), *map(str, command)],
                                  stdin=subprocess.DEVNULL, capture_output=True, pass_fds=(writer,), **kwargs)
        os.close(writer)
        report = reports.read()
    if not report:
        raise OSError(f"{command[0]}: {launched.stderr.decode(errors='replace')[-500:]}")
    seconds, peak, cpu, code = json.loads(report)
    return seconds, peak, cpu, subprocess.CompletedProcess(command, code, launched.stdout, launched.stderr)


def table(title, rows, columns=None):
    """Prints rows of text, the first column left, the others right where there are headings."""
    print(f"\n{title}")
    rows = [[str(cell) for cell in row] for row in rows]
    if columns:
        rows.insert(0, list(columns))
    width = [max(len(row[i]) for row in rows if i < len(row)) for i in range(max(len(row) for row in rows))]
    for number, row in enumerate(rows):
        cells = [row[0].ljust(width[0])] + [cell.rjust(width[i + 1]) if columns else cell for i, cell in enumerate(row[1:])]
        print("  " + "  ".join(cells).rstrip())
        if columns and number == 0:
            print("  " + "  ".join("-" * w for w in width))
