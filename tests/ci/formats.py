"""Every format is read back by who reads it: a JSON Schema, JUnit's parser, a Markdown renderer, the rules of GitHub's runner and of GitLab, a browser.

usage: formats.py PLIMSOLL SCHEMA FOLDER…

Needs jsonschema, junitparser, lxml and markdown-it-py, websocket-client and a Chromium, which `.ci/run` installs. With SCREENSHOTS=FOLDER in
the environment the pages are kept as pictures.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import unescape

import jsonschema
import junitparser
import lxml.etree
import lxml.html
from browser import Browser
from markdown_it import MarkdownIt

FORMATS = {"json": "scan.json", "junit": "scan.xml", "markdown": "scan.md", "html": "scan.html", "github": "scan.github", "gitlab": "scan.gitlab.json"}
LEVELS = ["error", "warning", "note"]
WRONG = []
CHECKED = Counter()


def check(what, holds, shown=""):
    CHECKED[what] += 1
    if not holds:
        WRONG.append(f"{what}: {shown}"[:2000])


def scan(plimsoll, tree, to, *args):
    """Writes every format of a scan to a folder, and gives the JSON."""
    outputs = [part for name, file in FORMATS.items() for part in ("--output", f"{name}={to / file}")]
    run = subprocess.run([plimsoll, "scan", ".", "--fail-on", "never", *args, *outputs], cwd=tree, capture_output=True, text=True)
    check("a scan ends with 0, or with 3 and faults", run.returncode in (0, 3), run.stderr)
    return json.loads((to / FORMATS["json"]).read_text())


def counting(report):
    """What is for somebody to decide on: neither suppressed nor known."""
    return [finding for finding in report["findings"] if not finding["suppressed"] and finding["baseline"] == "new"]


def read_json(report, schema):
    wrong = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in schema.iter_errors(report)]
    check("JSON is as its schema says", not wrong, wrong[:5])


def schema_is_strict(report, schema):
    """What is not in the schema is refused, so that it cannot be forgotten there."""
    for change in [
        lambda it: it.update(more=1),
        lambda it: it["stats"].update(more=1),
        lambda it: it["findings"][0].update(more=1),
        lambda it: it["findings"][0].pop("fingerprint"),
        lambda it: it["findings"][0].update(level="fatal"),
        lambda it: it["findings"][0]["region"].update(startLine=0),
        lambda it: it["findings"][0].update(fix={"description": "", "edits": [{"action": "set", "pointer": ""}]}),
        lambda it: it["faults"][0].update(kind="other"),
    ]:
        changed = json.loads(json.dumps(report))
        change(changed)
        check("the schema is strict", not schema.is_valid(changed), changed)


def read_junit(report, file):
    text = file.read_bytes()
    suites = junitparser.JUnitXml.fromstring(text)
    cases = [(suite, case) for suite in suites for case in suite]
    results = [result for _, case in cases for result in case.result]
    count = lambda kind: sum(isinstance(result, kind) for result in results)
    check("JUnit: a finding is a failure", count(junitparser.Failure) == suites.failures == len(counting(report)), suites)
    check("JUnit: what is accepted is skipped", count(junitparser.Skipped) == len(report["findings"]) - len(counting(report)) or not report["findings"], suites)
    check("JUnit: a fault is an error", count(junitparser.Error) == suites.errors == len(report["faults"]), suites)
    check("JUnit: tests are counted", len(cases) == suites.tests > 0, suites)
    for suite in suites:
        own = [result for case in suite for result in case.result]
        right = (len(list(suite)), sum(isinstance(r, junitparser.Failure) for r in own), sum(isinstance(r, junitparser.Error) for r in own))
        check("JUnit: tests of a suite are counted", (suite.tests, suite.failures, suite.errors) == right, suite.name)
    names = Counter((case.classname, case.name) for _, case in cases)
    check("JUnit: no two tests have one name", max(names.values()) == 1, names.most_common(2))
    told = Counter(result.message.split(": ", 1)[0] for result in results if isinstance(result, junitparser.Failure))
    check("JUnit: every failure has its place", told == Counter(map(spot, counting(report))), told)
    told = Counter(case.classname for _, case in cases if any(isinstance(result, junitparser.Failure) for result in case.result))
    check("JUnit: every failure has its rule", told == Counter(finding["rule"] for finding in counting(report)), told)
    # Elements and attributes that Jenkins' and GitLab's readers know, and no other.
    known = {
        "testsuites": {"name", "tests", "failures", "errors", "time"},
        "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
        "testcase": {"classname", "name", "file", "time"},
        "failure": {"type", "message"}, "error": {"type", "message"}, "skipped": {"message"},
    }  # fmt: skip
    for element in lxml.etree.fromstring(text).iter():
        check("JUnit: elements are known", set(element.attrib) <= known.get(element.tag, set()) and element.tag in known, element.tag)


GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 32},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/).+"},
                    "lines": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def read_gitlab(report, file):
    text = file.read_bytes()
    issues = json.loads(text)
    wrong = [error.message for error in jsonschema.Draft202012Validator(GITLAB).iter_errors(issues)]
    check("GitLab: issues are as documented", not wrong and not text.startswith(b"\xef\xbb\xbf"), wrong[:5])
    check("GitLab: no two fingerprints are the same", len({issue["fingerprint"] for issue in issues}) == len(issues))
    places = Counter((issue["check_name"], issue["location"]["path"], issue["location"]["lines"]["begin"]) for issue in issues if issue["severity"] != "blocker")
    right = Counter((finding["rule"], finding["file"], finding["region"]["startLine"]) for finding in report["findings"] if not finding["suppressed"])
    check("GitLab: every finding is an issue", places == right)
    check("GitLab: every fault is a blocker", sum(issue["severity"] == "blocker" for issue in issues) == len(report["faults"]))


def read_github(report, file):
    """As the runner reads a line: a command at its start, or `##[` anywhere; percents are undone."""
    annotations, log = [], []
    undo = lambda text: text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    for line in file.read_text().splitlines():
        command = re.fullmatch(r"::(error|warning|notice) ([^\s:]\S*?title=[^:]*)::(.*)", line) or re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line)
        if command:
            properties = dict(part.split("=", 1) for part in command[2].split(","))
            annotations.append((command[1], {key: undo(value) for key, value in properties.items()}, undo(command[3])))
        elif not re.fullmatch(r"::group::\d+ more, which GitHub does not annotate|::endgroup::", line):
            check("GitHub: no other line is a command", not line.lstrip().startswith("::") and "##[" not in line, line)
            log.append(line)
    counts = Counter(name for name, *_ in annotations)
    total = Counter(finding["level"].replace("note", "notice") for finding in counting(report))
    total["error"] += len(report["faults"])
    check("GitHub: ten of a level are annotations", counts == Counter({name: min(10, number) for name, number in total.items() if number}), counts)
    places = [(p["title"], p["file"], int(p["line"])) for _, p, _ in annotations if not p["title"].startswith("fault: ")]
    right = Counter((finding["rule"], finding["file"], finding["region"]["startLine"]) for finding in counting(report))
    check("GitHub: annotations stand where findings do", not Counter(places) - right, places)
    told = sum(any(line.startswith(level + ": ") for level in LEVELS) for line in log)
    check("GitHub: the rest stands in the log", told + len(annotations) == len(counting(report)) + len(report["faults"]), (told, len(annotations)))
    check("GitHub: what is left out is said", (told > 0) == any("are annotations and the others" in line for line in log), log[-3:])


def read_markdown(report, file):
    text = file.read_text()
    check("Markdown: it is smaller than a mebibyte", len(text.encode()) < 1 << 20, len(text))
    renderer = MarkdownIt("commonmark").enable("table")
    # The only HTML that is let through is ours.
    raw = [token.content for token in walk(renderer.parse(text)) if token.type in ("html_block", "html_inline")]
    ours = re.compile(r"<details><summary><code>[^<>]*</code> <code>[^<>]*</code></summary>\n?|</details>\n?|<!-- -->")
    check("Markdown: no HTML but ours", all(ours.fullmatch(piece) for piece in raw), [piece for piece in raw if not ours.fullmatch(piece)][:3])
    page = lxml.html.document_fromstring(renderer.render(text))
    check("Markdown: no link and no image", not page.xpath("//a|//img|//script"))
    shown = len(page.xpath("//details"))
    all_of_it = len(counting(report)) + len(report["faults"])
    check("Markdown: all is shown, or what is left out is said", shown == all_of_it or f"{all_of_it - shown} of {all_of_it} entries are left out" in text, shown)
    check("Markdown: every excerpt is code", len(page.xpath("//pre")) >= min(shown, len(counting(report))))
    rules = {row.xpath("string(td[3])"): int(row.xpath("string(td[2])")) for row in page.xpath("//table//tbody/tr")}
    check("Markdown: the table counts", rules == Counter(finding["rule"] for finding in counting(report)), rules)
    texts = page.xpath("//body//text()[not(ancestor::code or ancestor::pre)]")
    mentions = [found for text in texts for found in re.findall(r"[@#]\w+", text)]
    check("Markdown: nobody is mentioned", not mentions, mentions[:3])


def walk(tokens):
    for token in tokens:
        yield token
        yield from walk(token.children or [])


def spot(finding):
    shown = re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda it: f"\\u{{{ord(it[0]):x}}}", finding["file"])
    return f"{shown}:{finding['region']['startLine']}:{finding['region']['startColumn']}"


VISIBLE = "Array.from(document.querySelectorAll('article')).filter(it => it.offsetParent !== null || it.getClientRects().length)"

CONTRAST = """(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => { for (let at = element; at; at = at.parentElement) { const c = rgb(getComputedStyle(at).backgroundColor);
    if (c.length && (c.length === 3 || c[3] > 0)) return c; } return [255, 255, 255]; };
  const low = new Set();
  Array.from(document.querySelectorAll('body *')).slice(0, 5000).forEach((element) => {
    if (!Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim()) || !element.getClientRects().length) return;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  });
  return Array.from(low);
})()"""


def read_html(report, file, browser, name):
    everything = report["findings"]
    # The page opens with what counts, and the others can be asked for.
    findings = counting(report)
    address = file.resolve().as_uri()
    page = browser.open(address)
    shown = lambda: page.run(f"{VISIBLE}.length")
    check("HTML: every finding is shown", shown() == len(findings), shown())
    check("HTML: there is one script, and it is ours", page.run("document.scripts.length") == 1)
    if findings:
        full = lambda finding: "/".join(filter(None, [finding["object"]["namespace"], finding["object"]["name"]]))
        some = findings[len(findings) // 2]
        wants = {
            "level": [(level, lambda it, level=level: it["level"] == level) for level in LEVELS] + [("error,note", lambda it: it["level"] != "warning")],
            "rule": [(some["rule"], lambda it: it["rule"] == some["rule"])],
            "kind": [(some["object"]["kind"], lambda it: it["object"]["kind"] == some["object"]["kind"])],
            "file": [(some["file"], lambda it: it["file"] == some["file"])],
        }
        if full(some).isprintable() and full(some).strip():
            wants["object"] = [(full(some).strip(), lambda it: full(some).strip().lower() in full(it).lower())]
        for filter_name, values in wants.items():
            for value, fits in values:
                page = browser.open(f"{address}#{filter_name}={browser.quote(value)}")
                right = sum(map(fits, findings))
                check(f"HTML: the address filters by {filter_name}", shown() == right, (name, value, shown(), right))
                check("HTML: the count is told", page.run("document.getElementById('count').value") == f"{right} of {len(everything)} findings")
        for state, right in [("suppressed", sum(bool(it["suppressed"]) for it in everything)), ("known", sum(not it["suppressed"] and it["baseline"] == "unchanged" for it in everything))]:
            if right:
                page = browser.open(f"{address}#state={state}")
                check("HTML: the address filters by state", shown() == right, (state, shown(), right))
        word = some["rule"].split("/")[1]
        page = browser.open(address)
        page.run("document.querySelector('[name=text]').focus()")
        page.type(word)
        texts = page.run("Array.from(document.querySelectorAll('article'), it => (it.parentElement.dataset.file + ' ' + it.textContent).toLowerCase())")
        states = page.run("Array.from(document.querySelectorAll('article'), it => it.dataset.state)")
        right = sum(word in text and state == "new" for text, state in zip(texts, states))
        check("HTML: what is typed filters", 0 < right == shown(), (word, shown(), right))
        check("HTML: a filter stands in the address", page.run("location.hash") == f"#text={word}", page.run("location.hash"))
        page.run("document.querySelector('[type=reset]').click(); new Promise(done => setTimeout(done, 50))")
        check("HTML: all can be shown again", shown() == len(findings), shown())
        level = findings[0]["level"]
        page.run(f"document.querySelector('[value={level}]').click()")
        check("HTML: a level can be switched off", shown() == sum(it["level"] != level for it in findings), shown())
        page.run(f"document.querySelector('[value={level}]').click()")
        page.run("document.querySelector('a.about').click()")
        check("HTML: the page of a rule unfolds", page.run("document.querySelector('article .page').textContent.length > 40"))
        check("HTML: unfolding is told", page.run("document.querySelector('a.about').getAttribute('aria-expanded')") == "true")
        unnamed = page.run("Array.from(document.querySelectorAll('input, select, button, output')).filter(it => !(it.labels && it.labels.length) && !it.textContent && !it.getAttribute('aria-label')).map(it => it.outerHTML)")
        check("HTML: every control has a name", not unnamed, unnamed)
    for scheme in ("light", "dark"):
        page = browser.open(address, scheme=scheme)
        low = page.run(CONTRAST)
        check(f"HTML: contrast in the {scheme}", not low, low)
        page.picture(f"{name}-{scheme}")
    page.picture(f"{name}-narrow", width=390)
    quiet = lambda: check("HTML: nothing is asked of the network, and nothing complained about", (browser.asked, browser.problems) == ({address}, []), (browser.asked, browser.problems[:3]))
    quiet()
    blocked = page.run(
        "new Promise(done => { const seen = []; addEventListener('securitypolicyviolation', it => seen.push(it.effectiveDirective));"
        "const script = document.createElement('script'); script.textContent = 'window.forged = 1'; document.body.append(script);"
        "new Image().src = 'http://127.0.0.1:9/x.png'; fetch('http://127.0.0.1:9/').catch(() => 0);"
        "setTimeout(() => done([window.forged || 0, ...seen.sort()]), 200); })"
    )
    check("HTML: the policy lets nothing else run or load", blocked == [0, "connect-src", "img-src", "script-src-elem"], blocked)
    # Chromium counts what its policy blocked as asked for.
    browser.forget()
    page = browser.open(address, scripts=False)
    check("HTML: without scripts everything is there", shown() == len(everything), shown())
    check("HTML: without scripts no filter is shown", not page.run("document.getElementById('filters')?.getClientRects().length"))
    quiet()
    browser.forget()


def many(folder):
    """Manifests with five thousand findings."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {{ name: pod-{0} }}\nspec:\n  hostPID: true\n  containers:\n    - name: main\n      image: acme/{0}\n"
    for number in range(25):
        (folder / f"{number}.yaml").write_text("---\n".join(pod.format(number * 100 + pod_number) for pod_number in range(100)))


def main():
    plimsoll, schema, *trees = sys.argv[1:]
    plimsoll = str(Path(plimsoll).resolve())
    schema = json.loads(Path(schema).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    schema = jsonschema.Draft202012Validator(schema)
    with tempfile.TemporaryDirectory() as work, Browser(os.environ.get("SCREENSHOTS")) as browser:
        work = Path(work)
        (work / "many").mkdir()
        many(work / "many")
        for number, tree in enumerate([*map(Path, trees), work / "many"]):
            to = work / f"out-{number}"
            to.mkdir()
            args = ["--rule", "pod-security/host-pid", "--rule", "images/mutable-tag"] if tree.name == "many" else ["--profile", "strict"]
            if (tree / "baseline.json").exists():
                args += ["--baseline", "baseline.json"]
            report = scan(plimsoll, tree, to, *args)
            read_json(report, schema)
            if report["findings"] and report["faults"]:
                schema_is_strict(report, schema)
            read_junit(report, to / FORMATS["junit"])
            read_gitlab(report, to / FORMATS["gitlab"])
            read_github(report, to / FORMATS["github"])
            read_markdown(report, to / FORMATS["markdown"])
            read_html(report, to / FORMATS["html"], browser, tree.name)
            print(f"{tree.name}: {len(report['findings'])} findings, {len(report['faults'])} faults, HTML of {(to / FORMATS['html']).stat().st_size} bytes")
    check("the schema was tried", CHECKED["the schema is strict"] > 0)
    print("\n".join(WRONG))
    print(f"{CHECKED.total() - len(WRONG)} passed, {len(WRONG)} failed")
    sys.exit(1 if WRONG else 0)


main()
