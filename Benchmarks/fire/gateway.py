"""What the tests under fire share: free ports, the partner's and the gateway's process, the audit trail, what the kernel says of a process."""
import atexit, json, os, re, shutil, signal, socket, subprocess, sys, time, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
BENCHMARKS = os.path.dirname(HERE)
ROOT = os.path.dirname(BENCHMARKS)
BINARY = f"{ROOT}/.build/release/waybill"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write(path, text):
    """Replaces a file in one step, as editors do."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w") as f:
        f.write(text)
    os.replace(path + ".new", path)


def wait_for(port, process=None, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        if process is not None and process.poll() is not None:
            return False
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return True
        except OSError:
            time.sleep(0.02)
    return False


class Partner:
    """The partner's process, started again and again at one port; `down` has the times when it was not there."""

    def __init__(self, folder, delay=0):
        self.port, self.log, self.delay, self.down = free_port(), f"{folder}/seen.log", delay, []
        self.start()
        # Whatever ends this process, the partner does not outlive it.
        atexit.register(lambda: self.process.kill())

    def start(self):
        self.process = subprocess.Popen([sys.executable, f"{HERE}/partner.py", str(self.port), self.log, str(self.delay)])
        if not wait_for(self.port, self.process):
            sys.exit("the partner does not start")

    def restart(self, number, seconds):
        began = time.time()
        self.down.append([began, float("inf")])
        self.process.send_signal(number)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        time.sleep(seconds)
        self.start()
        self.down[-1][1] = time.time()

    def end(self):
        self.process.kill()
        self.process.wait()

    def seen(self):
        """How often each body of a keyed call was seen."""
        counts = {}
        if os.path.exists(self.log):
            with open(self.log, "rb") as f:
                for line in f.read().split(b"\n")[:-1]:
                    counts[line] = counts.get(line, 0) + 1
        return counts


class Mock(Partner):
    """`waybill mock` in the place of a partner: the same life, other answers."""

    def __init__(self, binary, workspace, name, port, more):
        self.command = [binary, "mock", name, "--workspace", workspace, "--port", str(port), *more]
        self.port, self.down = port, []
        self.start()
        atexit.register(lambda: self.process.kill())

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not wait_for(self.port, self.process):
            sys.exit("the mock partner does not start: " + " ".join(self.command))


class Gateway:
    """`waybill serve` as a process of its own."""

    def __init__(self, binary, workspace, log, loops=2, more=()):
        self.log = log
        with open(log, "a") as out:
            self.process = subprocess.Popen(
                [binary, "serve", "--workspace", workspace, "--loops", str(loops), *more], stdout=subprocess.DEVNULL, stderr=out)
        self.pid = self.process.pid

    def end(self, number, seconds=60):
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def text(self):
        with open(self.log) as f:
            return f.read()


def memory(pid):
    """Resident MiB."""
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1048576


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def ask(port, path):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.loads(answer.read())


def gauges(port):
    """The metrics as a dictionary, by name and labels."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = [line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line and line[0] != "#"]
    return {name: float(value) for name, value in lines}


def verify_audit(binary, folder):
    """What `waybill audit verify` says, and its exit status."""
    done = subprocess.run([binary, "audit", "verify", folder], capture_output=True, text=True)
    return (done.stdout + done.stderr).strip(), done.returncode


def correlations(folder):
    """How many records each correlation ID has, in all files of an audit folder."""
    counts = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".jsonl"):
            continue
        with open(f"{folder}/{name}", "rb") as f:
            for line in f:
                if b'"type":"call"' not in line:
                    continue
                found = re.search(rb'"correlation":"([^"]*)"', line)
                key = found.group(1).decode() if found else ""
                counts[key] = counts.get(key, 0) + 1
    return counts


KEYED = {
    "routes/keyed/keyed.route.yaml": """\
partner: keyed
endpoint:
  url: http://127.0.0.1:{partner}
  timeout: {{ connect: 1s, response: 5s, total: 20s }}
  connections: {{ max: 128 }}
operations:
  pay:
    accept: POST /pay
    allow: [load]
    errors: mappings/keyed/errors.yaml
    idempotency: {{ key: header }}
""",
    "mappings/keyed/errors.yaml": """\
errors:
  - {{ http: 422, status: 422, code: declined, retry: never, title: "Declined" }}
  - {{ otherwise: true, status: 502, code: partner-failed, retry: later, title: "The partner failed" }}
""",
}


MULTIPLEXED = {
    f"routes/{name}/{name}.route.yaml": f"""\
partner: {name}
endpoint:
  url: https://127.0.0.1:{{{name}}}
  http: 2
  tls:
    certificate: certs/{name}/client.pem
    key: certs/{name}/client.key
    authority: certs/{name}/ca.pem
    server-name: localhost
  timeout: {{{{ connect: 1s, response: 5s, total: 20s }}}}
  connections: {{{{ max: 16 }}}}
operations:
  {name}:
    accept: {method} /{name}
    allow: [load]
    call: {{{{ method: {method}, path: "/{name}" }}}}
""" for name, method in (("ledger", "POST"), ("flaky", "GET"))
}
