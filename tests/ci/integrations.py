"""Where Plimsoll is used: the action, the hook, the examples for other CI systems, completions and manual pages, each run by what runs it.

usage: integrations.py PLIMSOLL

Needs PyYAML, check-jsonschema, pre-commit and hadolint beside the Python that runs this, and actionlint, shellcheck, zsh, fish, mandoc, git
and curl on PATH; `.ci/run` installs them. Nothing here reaches out: the server for uploads is one of our own.
"""

import base64
import gzip
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PRIVILEGED = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { hostPID: true, containers: [{ name: a, image: 'a:1' }] }\n"
HARMLESS = "apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { ports: [{ port: 80 }] }\n"
CHECKED = 0


def check(what, holds, shown=""):
    global CHECKED
    CHECKED += 1
    if not holds:
        sys.exit(f"integrations: {what}\n{shown}")


def run(*command, ok=True, **options):
    """Runs a command and gives it back; with `ok` it has to end well."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, **options)
    check(f"{' '.join(map(str, command))} ends well", not ok or done.returncode == 0, done.stdout + done.stderr)
    return done


def tree(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def action_is_well_formed(work):
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml")
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    for step in action["runs"]["steps"]:
        script = step.get("run", "")
        check("no script has an expression in it, which an input could break out of", "${{" not in script, script)
        if script:
            (work / "step.sh").write_text(script)
            run("shellcheck", "--shell=bash", work / "step.sh")
    # actionlint knows the inputs of an action that lies beside a workflow.
    repository = work / "lint"
    shutil.copytree(ROOT / "examples/ci", repository / "examples")
    shutil.copy(ROOT / "action.yml", repository / "action.yml")
    run("git", "init", "-q", repository)
    example = (ROOT / "examples/ci/github.yml").read_text()
    check("the example uses the action", "plimsoll-dev/plimsoll@main" in example)
    example = example.replace("plimsoll-dev/plimsoll@main", "./")
    everything = {name: "x" for name in action["inputs"]}
    full = {"on": "push", "jobs": {"a": {"runs-on": "ubuntu-latest", "steps": [{"id": "p", "uses": "./", "with": everything}, {"run": "echo ${{ steps.p.outputs.exit-code }}"}]}}}
    workflows = {"example.yml": example, "full.yml": json.dumps(full)}
    tree(repository / ".github/workflows", workflows)
    run("actionlint", "-no-color", cwd=repository)
    tree(repository / ".github/workflows", {"full.yml": json.dumps(full).replace('"category"', '"categories"')})
    check("actionlint reads the action", run("actionlint", cwd=repository, ok=False).returncode == 1)
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", ROOT / "examples/ci/github.yml")


class Job:
    """A job that uses the action as GitHub's runner would: steps in turn, with what stands in for the runner's variables."""

    def __init__(self, work, plimsoll, files, inputs):
        self.folder = Path(tempfile.mkdtemp(dir=work))
        self.repository = self.folder / "repository"
        tree(self.repository, {".git/HEAD": "", **files})
        for name in ["temp", "bin"]:
            (self.folder / name).mkdir()
        (self.folder / "bin/plimsoll").symlink_to(plimsoll)
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        self.inputs = {name: str(about.get("default", "")) for name, about in action["inputs"].items()} | inputs
        self.steps = {step["name"]: step for step in action["runs"]["steps"]}
        self.outputs, self.uploaded, self.summary, self.log = {}, None, "", ""

    def script(self, name):
        step = self.steps[name]
        fill = lambda text: re.sub(r"\$\{\{ (inputs|steps\.scan\.outputs)\.([a-z-]+) \}\}", lambda at: (self.inputs if at[1] == "inputs" else self.outputs).get(at[2], ""), text)
        env = {name: fill(value) for name, value in step.get("env", {}).items()}
        check("every expression of the action is one that this test knows", not any("${{" in value for value in env.values()) or "${{" in "".join(self.inputs.values()), env)
        output, summary = self.folder / "output", self.folder / "summary.md"
        output.write_text("")
        summary.write_text("before\n")
        runner = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/"), "PLIMSOLL_CACHE_DIR": os.environ.get("PLIMSOLL_CACHE_DIR", ""),
            "RUNNER_TEMP": str(self.folder / "temp"), "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary),
        }  # fmt: skip
        (self.folder / "step.sh").write_text(step["run"])
        done = run("bash", "--noprofile", "--norc", "-eo", "pipefail", self.folder / "step.sh", ok=False, cwd=self.repository, env=runner | env)
        self.log += done.stdout + done.stderr
        self.summary += summary.read_text()
        lines = iter(output.read_text().splitlines())
        for line in lines:
            if "<<" in line:
                key, end = line.split("<<")
                self.outputs[key] = "\n".join(iter(lambda: next(lines), end))
            else:
                self.outputs.update([line.split("=", 1)])
        return done.returncode

    def run(self):
        """The exit code of the job."""
        code = self.script("Scan")
        if code:
            return code
        check("the upload has the condition that is tried here", self.steps["Upload"]["if"] == "inputs.upload == 'true' && steps.scan.outputs.sarif-file != ''")
        if self.inputs["upload"] == "true" and self.outputs["sarif-file"]:
            self.uploaded = json.loads((self.repository / self.outputs["sarif-file"]).read_text())
        check("the verdict has the condition that is tried here", self.steps["Verdict"]["if"] == "always() && steps.scan.outcome == 'success'")
        return self.script("Verdict")


def action_runs(work, plimsoll):
    def job(files, **inputs):
        job = Job(work, plimsoll, files, {name.replace("_", "-"): value for name, value in inputs.items()})
        return job.run(), job

    code, clean = job({"a.yaml": HARMLESS})
    check("a clean scan is uploaded and ends well", code == 0 and clean.uploaded["runs"][0]["results"] == [], clean.log)
    check("a summary is added to what stands there", clean.summary.startswith("before\n") and len(clean.summary) > 30, clean.summary)
    code, found = job({"a.yaml": PRIVILEGED}, category="deploy/prod")
    check("findings are uploaded, and then the job fails", code == 1 and len(found.uploaded["runs"][0]["results"]) > 0, found.log)
    check("the category is in the file", found.uploaded["runs"][0]["automationDetails"] == {"id": "deploy/prod/"})
    check("the outputs say so", found.outputs["exit-code"] == "1" and found.outputs["sarif-file"].endswith("plimsoll.sarif"))
    old = json.dumps(found.uploaded)
    code, fault = job({"a.yaml": PRIVILEGED, "b.yaml": "a: [\n", "old.sarif": old}, sarif_file="old.sarif")
    check("after a fault nothing is uploaded, an older file neither", code == 3 and fault.uploaded is None and fault.outputs["sarif-file"] == "", fault.log)
    code, again = job({"a.yaml": HARMLESS, "old.sarif": old}, sarif_file="old.sarif")
    check("an older file makes way for the new one", code == 0 and again.uploaded["runs"][0]["results"] == [], again.log)
    for paths in [".", "a.yaml"]:
        code, kept = job({"a.yaml": HARMLESS, "deploy/api.yaml": PRIVILEGED}, sarif_file="deploy/api.yaml", paths=paths)
        check("a manifest is no place for SARIF", code == 2 and kept.outputs == {} and "is no SARIF of Plimsoll" in kept.log, kept.log)
        check("it stays as it is", (kept.repository / "deploy/api.yaml").read_text() == PRIVILEGED)
    code, kept = job({"a.yaml": PRIVILEGED, "known.sarif": old}, sarif_file="known.sarif", baseline="./known.sarif")
    check("what is known stays, too", code == 2 and (kept.repository / "known.sarif").read_text() == old, kept.log)
    code, helped = job({"a.yaml": PRIVILEGED}, args="--help")
    check("a job that checked nothing fails", code == 2 and helped.outputs == {} and "nothing was checked" in helped.log, helped.log)
    code, told = job({"a.yaml": PRIVILEGED}, args="--version")
    check("with --version, too", code == 2 and told.outputs == {}, told.log)
    code, partial = job({"a.yaml": PRIVILEGED, "b.yaml": "a: [\n"}, args="--allow-partial-sarif")
    check("unless it is asked for", code == 3 and partial.uploaded is not None, partial.log)
    code, quiet = job({"a.yaml": PRIVILEGED}, upload="false", summary="false", fail_on="never", profile="strict")
    check("nothing is uploaded or summed up where that is not wanted", code == 0 and quiet.uploaded is None and quiet.summary == "before\n" * 2, quiet.log)
    known = {"a.yaml": PRIVILEGED}
    tree(work / "known", {".git/HEAD": "", **known})
    run(plimsoll, "scan", "--write-baseline", "known.json", cwd=work / "known")
    code, kept = job(known | {"known.json": (work / "known/known.json").read_text()}, baseline="known.json")
    check("what is known fails no job, and stays an alert", code == 0 and len(kept.uploaded["runs"][0]["results"]) > 0, kept.log)
    code, wrong = job({"a.yaml": PRIVILEGED}, profile="all")
    check("a wrong request fails at once, and is an error of the job", code == 2 and wrong.outputs == {} and "::error title=Plimsoll::the request was wrong" in wrong.log, wrong.log)
    for args in ["--shard=1/2", "--shard\n2/12"]:
        code, part = job({"a.yaml": HARMLESS, "b.yaml": PRIVILEGED}, args=args, fail_on="never")
        check("one shard is not uploaded", code == 2 and part.outputs == {} and "'plimsoll merge'" in part.log, part.log)
        code, part = job({"a.yaml": HARMLESS, "b.yaml": PRIVILEGED}, args=args, fail_on="never", upload="false")
        check("it is there to be merged", code == 0 and part.outputs["sarif-file"].endswith("plimsoll.sarif"), part.log)
    code, whole = job({"a.yaml": HARMLESS}, args="--shard=1/1")
    check("a shard that is the whole is uploaded", code == 0 and whole.uploaded is not None, whole.log)
    code, missing = job({"a.yaml": HARMLESS}, executable="./nowhere")
    check("a missing executable is told of", code == 2 and "download it in a step before" in missing.log, missing.log)
    version = run(plimsoll, "--version").stdout.split()[1]
    code, _ = job({"a.yaml": HARMLESS}, version=version)
    check("the version is that of the executable", code == 0)
    code, other = job({"a.yaml": HARMLESS}, version="99.0.0")
    check("another version is refused", code == 2, other.log)

    recorder = work / "recorder"
    recorder.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >"$RUNNER_TEMP/arguments"\nfor word; do case $word in sarif=*) echo "{}" >"${word#sarif=}";; esac; done\n')
    recorder.chmod(0o755)

    # Whoever can name a path or write a manifest must not run anything.
    evil = ["$(touch pwned)", "`touch pwned`", "; touch pwned", "--output=html=pwned", "'\"; touch pwned; \""]
    for text in evil:
        for name in ["paths", "category", "profile", "fail_on", "sarif_file", "version", "executable", "baseline"]:
            code, hostile = job({"a.yaml": HARMLESS}, **{"executable": str(recorder), name: text})
            check(f"{name} = {text} runs nothing", not list(hostile.folder.rglob("pwned")), hostile.log)
    forged = PRIVILEGED.replace("name: a }", 'name: "a\\n::error::forged\\n::set-output name=x::y" }')
    _, forger = job({"a.yaml": forged})
    stopped = re.search(r"::stop-commands::([0-9a-f]{32})\n(.*)\n::\1::\n", forger.log, re.DOTALL)
    check("what a scan prints is no command to the runner", stopped and "::error::forged" not in forger.log.replace(stopped[0], ""), forger.log)

    # What the action hands over, word by word.
    _, told = job({"a b.yaml": HARMLESS}, executable=str(recorder), paths="a b.yaml\n\n-x\n", baseline="known.sarif", args="--rule\nimages/*", summary="false")
    temp = told.folder / "temp"
    expected = ["scan", "--output", f"sarif={temp}/plimsoll.sarif", "--baseline=known.sarif", "--rule", "images/*", "--", "a b.yaml", "-x"]
    check("arguments arrive as they were given", (temp / "arguments").read_text().splitlines() == expected, (temp / "arguments").read_text())


def hook_runs(work, plimsoll):
    environment = os.environ | {
        "PATH": f"{plimsoll.parent}:{os.environ['PATH']}", "PRE_COMMIT_HOME": str(work / "pre-commit"), "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    git = lambda folder, *args: run("git", "-C", folder, "-c", "protocol.file.allow=always", *args, env=environment)

    def repository(name, files):
        tree(work / name, files)
        run("git", "init", "-q", "-b", "main", work / name, env=environment)
        git(work / name, "add", "-A")
        git(work / name, "commit", "-q", "-m", "one")
        return work / name

    hooks = repository("hooks", {".pre-commit-hooks.yaml": (ROOT / ".pre-commit-hooks.yaml").read_text()})
    revision = git(hooks, "rev-parse", "HEAD").stdout.strip()
    run(BIN / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml")
    deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: api }\nspec:\n  selector: { matchLabels: { app: api } }\n  template:\n    metadata: { labels: { app: api } }\n    spec: { containers: [{ name: api, image: 'a:1', ports: [{ containerPort: 80 }] }] }\n"
    service = "apiVersion: v1\nkind: Service\nmetadata: { name: api }\nspec: { selector: { app: api }, ports: [{ port: 80 }] }\n"
    config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": [{"id": "plimsoll", "args": ["--rule=probes/readiness-missing", "--fail-on=warning"]}]}]}
    user = repository("user", {"service.yaml": service, "README.md": "a\n", ".pre-commit-config.yaml": json.dumps(config)})
    commit = lambda: run(BIN / "pre-commit", "run", cwd=user, env=environment, ok=False)
    run(BIN / "pre-commit", "install-hooks", cwd=user, env=environment)
    tree(user, {"deployment.yaml": deployment})
    git(user, "add", "deployment.yaml")
    done = commit()
    check("a change is seen together with what it meets", done.returncode == 1 and "deployment.yaml:8:" in done.stdout and "service.yaml" in done.stdout, done.stdout)
    git(user, "reset", "-q", "--hard")
    tree(user, {"README.md": "b\n"})
    git(user, "add", "README.md")
    done = commit()
    check("what is no manifest starts no scan", done.returncode == 0 and "Skipped" in done.stdout, done.stdout)
    done = run(BIN / "pre-commit", "try-repo", hooks, "plimsoll", "--all-files", cwd=user, env=environment, ok=False)
    check("the hook can be tried", done.returncode == 0 and "Passed" in done.stdout, done.stdout + done.stderr)


def other_systems(work, plimsoll):
    run(BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", ROOT / "examples/ci/.gitlab-ci.yml")
    run(BIN / "hadolint", ROOT / "examples/ci/Dockerfile")
    environment = os.environ | {"PATH": f"{plimsoll.parent}:{os.environ['PATH']}"}
    folder = work / "systems"
    tree(folder, {".git/HEAD": "", "deploy/a.yaml": PRIVILEGED})
    job = yaml.safe_load((ROOT / "examples/ci/.gitlab-ci.yml").read_text())["plimsoll"]
    for line in job["script"]:
        check("GitLab's job fails for findings", run("sh", "-c", line, cwd=folder, env=environment, ok=False).returncode == 1)
    for report in job["artifacts"]["reports"].values():
        check("GitLab's reports are written", (folder / report).stat().st_size > 0)
    jenkins = (ROOT / "examples/ci/Jenkinsfile").read_text()
    command = re.search(r"script: '(plimsoll [^']*)'", jenkins)[1]
    check("Jenkins' command tells findings by its exit code", run("sh", "-c", command, cwd=folder, env=environment, ok=False).returncode == 1)
    for report in re.findall(r"(?:testResults|pattern): '([^']*)'", jenkins):
        check("Jenkins' reports are written", (folder / report).stat().st_size > 0)
    for opening, closing in ["{}", "()", "[]"]:
        check("the Jenkinsfile closes what it opens", jenkins.count(opening) == jenkins.count(closing))


class Server(http.server.ThreadingHTTPServer):
    """What code scanning answers, as a list; and what it was asked."""

    def __init__(self, answers):
        self.answers, self.asked = list(answers), []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def do_GET(self):
        self.answer(None)

    def answer(self, body):
        secret = self.headers["Authorization"].removeprefix("Bearer ").encode()
        seen = [line for line in Path("/proc").glob("[0-9]*/cmdline") if secret in read(line)]
        self.server.asked.append((self.command, self.path, dict(self.headers), body, seen))
        status, answer = self.server.answers.pop(0)
        text = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def read(file):
    try:
        return file.read_bytes()
    except OSError:
        return b""


def upload_runs(work, plimsoll):
    script = ROOT / "examples/ci/upload-sarif.sh"
    run("shellcheck", script)
    folder = work / "upload"
    tree(folder, {".git/HEAD": "", "a.yaml": PRIVILEGED, "empty.sarif": ""})
    run(plimsoll, "scan", ".", "--fail-on", "never", "--output", "sarif=a.sarif", cwd=folder)
    taken = (202, {"id": "47177e22-5596-11eb-80a1-c1e54ef945c6", "url": "…"})

    def upload(answers, file="a.sarif", **change):
        server = Server(answers)
        environment = {
            "PATH": os.environ["PATH"], "GITHUB_TOKEN": "s3cret-of-a-token", "GITHUB_REPOSITORY": "acme/shop", "COMMIT_SHA": "0123456789abcdef0123456789abcdef01234567",
            "REF": "refs/heads/main", "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}/api/v3", "POLL_SECONDS": "0",
        } | change  # fmt: skip
        done = run("bash", script, file, cwd=folder, env=environment, ok=False)
        server.shutdown()
        check("the token is not told", "s3cret" not in done.stdout + done.stderr and not any(seen for *_, seen in server.asked))
        return done, server

    done, server = upload([taken, (404, {}), (200, {"processing_status": "pending"}), (503, "oh"), (200, {"processing_status": "complete"})])
    check("an upload is waited for", done.returncode == 0 and "has taken a.sarif" in done.stdout, done.stderr)
    (method, path, headers, body, _), *polls = server.asked
    check("it goes where it should", (method, path) == ("POST", "/api/v3/repos/acme/shop/code-scanning/sarifs") and headers["Authorization"] == "Bearer s3cret-of-a-token", path)
    check("it is asked about by its id", all(poll[:2] == ("GET", f"{path}/{taken[1]['id']}") for poll in polls) and len(polls) == 4, polls)
    sarif = gzip.decompress(base64.b64decode(body.pop("sarif"), validate=True))
    check("the file arrives as it is", sarif == (folder / "a.sarif").read_bytes())
    check("with what it is about", body == {"commit_sha": "0123456789abcdef0123456789abcdef01234567", "ref": "refs/heads/main", "tool_name": "plimsoll"}, body)
    done, _ = upload([taken, (200, {"processing_status": "failed", "errors": ["rejecting SARIF", "an invalid URI"]})])
    check("what the server refuses is shown", done.returncode == 1 and "rejecting SARIF\nan invalid URI" in done.stderr, done.stderr)
    done, _ = upload([(413, {"message": "too large"})])
    check("a refused upload fails", done.returncode == 1 and "413: too large" in done.stderr, done.stderr)
    done, _ = upload([taken] + [(200, {"processing_status": "pending"})] * 6)
    check("a server that does not end is not waited for forever", done.returncode == 1 and "still at work" in done.stderr, done.stderr)
    done, _ = upload([(202, "<html>")])
    check("an answer that is none fails", done.returncode == 1, done.stderr)
    done, _ = upload([taken, (401, {"message": "Bad credentials"})])
    check("a server that lets nobody in is told of", done.returncode == 1 and "401: Bad credentials" in done.stderr, done.stderr)
    for change in [{"COMMIT_SHA": ""}, {"COMMIT_SHA": "main"}, {"REF": ""}, {"REF": "main"}, {"REF": 'refs/heads/a","x":"'}, {"GITHUB_TOKEN": ""}, {"GITHUB_REPOSITORY": "acme"}, {"file": "empty.sarif"}, {"file": "none.sarif"}]:
        done, server = upload([], **change)
        check(f"{change} is refused before anything is sent", done.returncode == 2 and server.asked == [], done.stderr)
    done, _ = upload([], GITHUB_API_URL="http://127.0.0.1:1")
    check("a server that is not there is told of", done.returncode == 1 and "cannot be reached" in done.stderr, done.stderr)


def shells_and_manual(work, plimsoll):
    commands = ["scan", "rules", "objects", "plugin", "bundle", "completions", "man"]
    listed = re.findall(r"^  ([a-z]+) ", run(plimsoll, "--help").stdout.split("Commands:")[1].split("Options:")[0], re.MULTILINE)
    check("every command is known here", set(commands) <= set(listed), listed)
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"]:
        script = work / f"completions.{shell}"
        script.write_text(run(plimsoll, "completions", shell).stdout)
        check(f"completions for {shell} know every command", all(command in script.read_text() for command in listed))
        if shell in ("bash", "zsh", "fish"):
            run(shell, "-n", script)
    asked = 'source "$1"; COMP_WORDS=(plimsoll scan --sarif-r); COMP_CWORD=2; _plimsoll plimsoll --sarif-r scan; echo "${COMPREPLY[*]}"'
    check("bash completes", run("bash", "-c", asked, "bash", work / "completions.bash").stdout == "--sarif-rules\n")
    asked = f"source {work / 'completions.fish'}; complete -C 'plimsoll scan --format sarif-f'"
    check("fish completes", "sarif-full" in run("fish", "--no-config", "-c", asked).stdout)

    run(plimsoll, "man", "--output", work / "man")
    pages = {page.name for page in (work / "man").iterdir()}
    below = re.findall(r"^  ([a-z]+) ", run(plimsoll, "plugin", "--help").stdout.split("Commands:")[1].split("Options:")[0], re.MULTILINE)
    expected = {"plimsoll.1"} | {f"plimsoll-{name}.1" for name in listed} | {f"plimsoll-plugin-{name}.1" for name in below}
    check("every command has a page", pages == expected, pages ^ expected)
    for page in sorted(pages):
        run("mandoc", "-T", "lint", "-W", "error", work / "man" / page)
        text = re.sub(".\b", "", run("mandoc", "-T", "utf8", work / "man" / page).stdout)
        check("a page says what the command is for", "NAME" in text and "SYNOPSIS" in text and len(text) > 300, text)
    check("the page of the whole is the one that is printed", run(plimsoll, "man").stdout == (work / "man/plimsoll.1").read_text())


def main():
    plimsoll = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        action_is_well_formed(work)
        action_runs(work, plimsoll)
        hook_runs(work, plimsoll)
        other_systems(work, plimsoll)
        upload_runs(work, plimsoll)
        shells_and_manual(work, plimsoll)
    print(f"integrations: {CHECKED} checks hold")


main()
