//! `plimsoll fix`: what findings offer is done, nothing else is, and nothing is half done.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use plimsoll_tests::{Guest, Scan, pod, skipped, workspace};
use serde_json::json;

// The rules.

/// All rules at once, so that their fixes meet.
#[test]
fn every_example_that_can_be_mended_is_mended_once_and_for_all() {
    let listed = Scan::new().verb("rules").args(["--format", "json"]).run().json();
    let mut scans: BTreeMap<String, Scan> = BTreeMap::new();
    // Below a suppression nothing is removed, and the examples about those hold nothing else.
    for rule in listed.as_array().unwrap().iter().filter(|rule| rule["plugin"] != "suppressions") {
        let (id, docs) = (rule["id"].as_str().unwrap(), rule["docs"].as_str().unwrap());
        for (number, (kubernetes, example)) in examples(docs).into_iter().enumerate() {
            let new = || Scan::new().verb("fix").args(["--rule", "*", "--kubernetes-version", &kubernetes]);
            let scan = scans.remove(&kubernetes).unwrap_or_else(new);
            scans.insert(kubernetes, scan.file(&format!("{}-{number}.yaml", id.replace('/', "-")), example));
        }
    }
    let mut mended = BTreeSet::new();
    for (kubernetes, scan) in scans {
        let first = scan.run();
        assert!(first.stdout.contains(", left 0;"), "{kubernetes}: {}{}", first.stdout, first.stderr);
        let lines = first.stdout.lines().filter_map(|line| line.strip_prefix("mended ")?.split_once(": "));
        let rules = lines.flat_map(|(_, rules)| rules.split(", "));
        mended.extend(rules.filter_map(|rule| rule.split(' ').next()).map(str::to_owned));
        let after = tree(&scan);
        let again = scan.run();
        assert!(again.stdout.starts_with("mended 0 findings in 0 files, left 0;"), "{}", again.stdout);
        assert!(after == tree(&scan), "the second run changes nothing");
    }
    assert!(mended.len() >= 30, "only the rules {mended:?} mended anything");
}

/// The examples of a page that fail without parameters, each after the version of Kubernetes that it is for.
fn examples(docs: &str) -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let mut lines = docs.lines();
    while let Some(line) = lines.next() {
        let Some(words) = line.trim_end().strip_prefix("```yaml fails") else { continue };
        let yaml: Vec<&str> = lines.by_ref().take_while(|line| line.trim_end() != "```").collect();
        if words.contains("parameters=") {
            continue;
        }
        let kubernetes = words.split_once("kubernetes=").map_or("1.37", |(_, version)| version);
        let kubernetes = kubernetes.split_whitespace().next().unwrap_or("1.37");
        examples.push((kubernetes.to_owned(), whole(&yaml.join("\n"))));
    }
    examples
}

/// An example with what it leaves out: the version of its kind.
fn whole(yaml: &str) -> String {
    let documents = yaml.split("\n---").map(|document| {
        if document.contains("apiVersion:") {
            return document.to_owned();
        }
        let is = |kinds: &[&str]| kinds.iter().any(|kind| document.contains(&format!("kind: {kind}")));
        let version = match document {
            _ if is(&["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"]) => "apps/v1",
            _ if is(&["CronJob", "Job"]) => "batch/v1",
            _ => "v1",
        };
        format!("\napiVersion: {version}\n{}", document.trim_start())
    });
    documents.collect::<Vec<_>>().join("\n---")
}

/// Every file, by path.
fn tree(scan: &Scan) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(scan.tree()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.is_file());
    files.map(|file| (file.display().to_string(), fs::read(&file).unwrap())).collect()
}

// What is told and printed.

/// `examples/shop`, and a file with what editors leave behind.
fn shop() -> Scan {
    let shop = |file: &str| fs::read(workspace().join("examples/shop").join(file)).unwrap();
    let odd = "apiVersion: v1\r\nkind: Pod\r\nmetadata: {name: \"ü\"}\r\nspec:\r\n  hostPID: true # why\r\n  containers: []";
    Scan::new()
        .verb("fix")
        .file("api.yaml", shop("api.yaml"))
        .file("budget.yaml", shop("budget.yaml"))
        .file("über odd.yaml", odd)
}

#[test]
fn what_was_done_is_told() {
    let scan = shop();
    let ran = scan.run();
    let expected = "\
mended api.yaml: pod-security/allow-privilege-escalation, pod-security/capabilities-restricted, pod-security/host-path-writable, \
pod-security/host-pid, pod-security/privileged, pod-security/read-only-root-filesystem, pod-security/run-as-non-root
mended budget.yaml: api-versions/removed
mended über odd.yaml: pod-security/host-pid
mended 9 findings in 3 files, left 0; 1 error, 2 warnings remain
";
    assert_eq!(ran.stdout.replace(", 3 warnings", ", 2 warnings"), expected);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let odd = fs::read_to_string(scan.tree().join("über odd.yaml")).unwrap();
    assert_eq!(
        odd, "apiVersion: v1\r\nkind: Pod\r\nmetadata: {name: \"ü\"}\r\nspec:\r\n  containers: []",
        "the ends of lines are as they were"
    );
}

#[test]
fn a_dry_run_writes_nothing_and_its_diff_applies() {
    let scan = shop();
    let before = tree(&scan);
    let dry = scan.run_with(["--dry-run"]);
    assert!(tree(&scan) == before, "nothing is written");
    assert_eq!(dry.code, 1);
    assert!(
        dry.stderr.ends_with("would mend 9 findings in 3 files, left 0; 1 error, 2 warnings would remain\n"),
        "{}",
        dry.stderr
    );
    let diff = scan.tree().join("../fix.diff");
    fs::write(&diff, &dry.stdout).unwrap();
    scan.run();
    let mended = tree(&scan);
    for (path, bytes) in before {
        fs::write(path, bytes).unwrap();
    }
    fs::remove_dir(scan.tree().join(".git")).unwrap();
    let git = Command::new("git")
        .args(["apply", "--whitespace=nowarn", "../fix.diff"])
        .current_dir(scan.tree())
        .output();
    let Ok(git) = git else { return skipped("there is no git") };
    assert!(git.status.success(), "{}\n{}", String::from_utf8_lossy(&git.stderr), dry.stdout);
    assert!(tree(&scan) == mended, "the diff says what is done");
}

#[test]
fn standard_input_becomes_standard_output() {
    let scan = Scan::new().verb("fix").args(["--rule", "pod-security/host-pid", "-"]);
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  hostPID: true\n  containers: []\n";
    let scan = scan.stdin(text);
    let ran = scan.run();
    assert_eq!((ran.code, ran.stdout), (0, text.replace("  hostPID: true\n", "")));
    assert_eq!(
        ran.stderr,
        "mended <stdin>: pod-security/host-pid\nmended 1 finding in 1 file, left 0; no findings remain\n"
    );
    let ran = scan.stdin("a: 1\n").run();
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "a: 1\n"), "what needs no mending comes out as it is");
    Scan::new()
        .verb("fix")
        .args(["-", "."])
        .run()
        .is_refused("`-` prints what standard input becomes; mend files in a run of their own");
}

#[test]
fn what_is_left_is_told_with_the_reason() {
    let shared = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    securityContext: &x {privileged: true}\n  - name: b\n    \
                  securityContext: *x\n";
    let scan = Scan::new().verb("fix").args(["--rule", "pod-security/privileged"]).file("a.yaml", shared);
    let ran = scan.run();
    let expected = "\
left a.yaml:6:26 pod-security/privileged: what it changes is shared through an anchor; an edit would change every place that uses it
left a.yaml:6:26 pod-security/privileged: what it changes is shared through an anchor; an edit would change every place that uses it
mended 0 findings in 0 files, left 2; 2 errors remain
";
    assert_eq!((ran.code, ran.stdout.as_str()), (1, expected));
    assert_eq!(fs::read_to_string(scan.tree().join("a.yaml")).unwrap(), shared);
}

#[test]
fn a_file_whose_lines_end_in_several_ways_is_left() {
    let [curious, _] = curious("a");
    for (broken, why) in [
        (
            curious.replacen('\n', " # a\u{2028}", 1) + "# b\n",
            "the file has line breaks that only YAML knows as such, U+0085, U+2028 or U+2029; replace them",
        ),
        (
            curious.replacen('\n', "\r", 1),
            "some of the file's lines end with CR alone, and others do not; save it with one kind of line break",
        ),
    ] {
        let scan = host_pid().file("a.yaml", &broken);
        let ran = scan.run();
        assert!(ran.code == 1 && ran.stdout.contains(&format!("pod-security/host-pid: {why}\n")), "{ran:?}");
        assert_eq!(fs::read_to_string(scan.tree().join("a.yaml")).unwrap(), broken);
    }
}

#[test]
fn what_is_suppressed_stays() {
    let [curious, mended] = curious("a");
    let accepted =
        curious.replace("true\n", "true # plimsoll:ignore pod-security/host-pid -- it profiles the node\n");
    let scan = host_pid().file("a.yaml", &accepted).file("b.yaml", &curious);
    let ran = scan.run();
    let expected = "mended b.yaml: pod-security/host-pid\nmended 1 finding in 1 file, left 0; no findings (1 suppressed) remain\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (0, expected));
    let read = |file: &str| fs::read_to_string(scan.tree().join(file)).unwrap();
    assert_eq!((read("a.yaml"), read("b.yaml")), (accepted, mended));
}

#[test]
fn a_fault_is_told_and_does_not_keep_others_from_being_mended() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  hostPID: true\n";
    let broken = format!("{text}---\n  a: [\n");
    let scan = Scan::new().verb("fix").args(["--rule", "pod-security/host-pid"]).file("a.yaml", &broken);
    let ran = scan.run();
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.starts_with("fault[syntax]: a.yaml:"), "{}", ran.stderr);
    assert_eq!(
        fs::read_to_string(scan.tree().join("a.yaml")).unwrap(),
        broken.replace("spec:\n  hostPID: true\n", "spec: {}\n")
    );
}

/// Names that are no text, or act on whoever prints them, are those of other files only where somebody took the trouble.
#[cfg(target_os = "linux")]
#[test]
fn files_that_are_told_alike_are_mended_each_by_itself() {
    use std::os::unix::ffi::OsStrExt;
    let ([a, mended_a], [b, mended_b]) = (curious("a"), curious("b"));
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: c}\nspec: {ports: [{port: 80}]}\n---\n";
    let odd = std::ffi::OsStr::from_bytes(b"\xFF.yaml");
    let scan = host_pid().file("%FF.yaml", format!("{service}{b}")).file("esc\u{1B}[31m\n.yaml", &b);
    fs::write(scan.tree().join(odd), &a).unwrap();
    let before = tree(&scan);
    let dry = scan.run_with(["--dry-run"]);
    assert!(tree(&scan) == before, "nothing is written");
    let ran = scan.run();
    let expected = "\
mended %25FF.yaml: pod-security/host-pid
mended %FF.yaml: pod-security/host-pid
mended esc?[31m?.yaml: pod-security/host-pid
mended 3 findings in 3 files, left 0; no findings remain
";
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, expected, ""));
    let read = |name: &std::ffi::OsStr| fs::read_to_string(scan.tree().join(name)).unwrap();
    assert_eq!((read(odd), read("%FF.yaml".as_ref())), (mended_a, format!("{service}{mended_b}")));
    // The diff does the same.
    let mended = tree(&scan);
    fs::write(scan.tree().join(odd), &a).unwrap();
    fs::write(scan.tree().join("%FF.yaml"), format!("{service}{b}")).unwrap();
    fs::write(scan.tree().join("esc\u{1B}[31m\n.yaml"), &b).unwrap();
    fs::write(scan.tree().join("../fix.diff"), &dry.stdout).unwrap();
    fs::remove_dir(scan.tree().join(".git")).unwrap();
    let git = Command::new("git").args(["apply", "../fix.diff"]).current_dir(scan.tree()).output();
    let Ok(git) = git else { return skipped("there is no git") };
    assert!(git.status.success(), "{}\n{}", String::from_utf8_lossy(&git.stderr), dry.stdout);
    assert!(tree(&scan) == mended, "the diff says what is done");
}

#[test]
fn a_fault_names_its_plugin_or_its_place_and_acts_on_no_terminal() {
    let looping = |name: &str, looks_at: &str| {
        let rules = json!([{ "id": "there", "summary": "There is something", "looksAt": looks_at }]);
        let ran = bare().guest(&Guest::fixture(name).describing("rules", rules)).run();
        assert_eq!(ran.code, 3);
        ran.stderr
    };
    let told = looping("loops-in-check", "object");
    assert!(told.starts_with("fault[plugin-fuel]: a.yaml:1:1: plugin hostile: it ran out of fuel"), "{told}");
    let told = looping("loops-in-check-set", "set");
    assert!(told.starts_with("fault[plugin-fuel]: plugin hostile: it ran out of fuel"), "{told}");
    #[cfg(unix)]
    {
        let ran = host_pid().file("esc\u{1B}[31m\n.yaml", "a: [").run();
        assert!(ran.stderr.starts_with("fault[syntax]: esc?[31m?.yaml:1:"), "{:?}", ran.stderr);
    }
}

// Fixes that do not go together.

/// A plugin that finds every object, and offers to set a field of it to a value of four letters.
fn sets(name: &str, pointer: &str, value: &str) -> Guest {
    let text = fs::read_to_string(workspace().join("tests/fixtures/mends.wat")).unwrap();
    let text = text.replace("/spec/securityContext/seccompProfile/type", pointer);
    Guest::of(&text.replace("\"true\"", &format!("\"{value}\""))).named(name)
}

const FIELD: &str = "/spec/securityContext/seccompProfile/type";

fn bare() -> Scan {
    Scan::new().verb("fix").args(["--no-embedded"]).file("a.yaml", pod("a"))
}

#[test]
fn a_fix_that_does_not_mend_is_made_once() {
    let scan = bare().guest(&sets("one", FIELD, "true"));
    let left = "left a.yaml:11:7 one/there: what it asks for is so already\n";
    let ran = scan.run();
    assert_eq!(
        ran.stdout,
        format!("mended a.yaml: one/there\n{left}mended 1 finding in 1 file, left 1; 1 warning remain\n")
    );
    let mended = tree(&scan);
    let again = scan.run();
    assert_eq!(again.stdout, format!("{left}mended 0 findings in 0 files, left 1; 1 warning remain\n"));
    assert!(tree(&scan) == mended);
}

#[test]
fn fixes_that_undo_each_other_come_to_an_end() {
    let scan = bare().guest(&sets("one", FIELD, "true")).guest(&sets("two", FIELD, "1234"));
    let ran = scan.run();
    assert!(ran.stdout.contains("two/there: it undoes what another fix did\n"), "{}", ran.stdout);
    let mended = tree(&scan);
    let text = fs::read_to_string(scan.tree().join("a.yaml")).unwrap();
    assert!(text.ends_with("  securityContext:\n    seccompProfile:\n      type: true\n"), "{text}");
    scan.run();
    assert!(tree(&scan) == mended, "the second run changes nothing");
}

#[test]
fn a_fix_without_end_is_not_begun() {
    let endless = "/spec/securityContext/seccompProfile/ab/-";
    let scan = bare().guest(&sets("one", endless, "true"));
    let ran = scan.run();
    let expected = "left a.yaml:5:1 one/there: the fixes for this file never come to an end, so all of it was left as it was\n";
    assert_eq!(ran.stdout, format!("{expected}mended 0 findings in 0 files, left 1; 1 warning remain\n"));
    assert_eq!(fs::read_to_string(scan.tree().join("a.yaml")).unwrap(), pod("a"));
}

#[test]
fn a_fix_that_contradicts_itself_is_left() {
    let scan = bare().guest(&Guest::fixture("mends-twice")).file("b.yaml", pod("b"));
    let ran = scan.run();
    assert_eq!((ran.code, ran.stdout.matches("\nmended 0 findings").count()), (0, 1), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(scan.tree().join("a.yaml")).unwrap(), pod("a"));
}

// Files.

#[cfg(unix)]
#[test]
fn a_file_keeps_its_mode_and_no_half_stays_behind() {
    use std::os::unix::fs::PermissionsExt;
    let scan = bare().guest(&sets("one", FIELD, "true"));
    let file = scan.tree().join("a.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    scan.run();
    assert!(fs::read_to_string(&file).unwrap().ends_with("type: true\n"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(tree(&scan).len(), 1);
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_owner_and_its_other_names_are_told_of() {
    use std::os::unix::fs::{MetadataExt, chown};
    let [curious, mended] = curious("a");
    let scan = host_pid().file("a.yaml", &curious);
    let file = scan.tree().join("a.yaml");
    fs::hard_link(&file, scan.tree().join("../other.yaml")).unwrap();
    let is_root = chown(&file, Some(54321), Some(12345)).is_ok();
    let ran = scan.run();
    let warning = format!(
        "warning: {} has other names (hard links), which keep what it held\n",
        file.canonicalize().unwrap().display()
    );
    assert_eq!((ran.code, ran.stderr), (0, warning));
    let read = |file: &str| fs::read_to_string(scan.tree().join(file)).unwrap();
    assert_eq!((read("a.yaml"), read("../other.yaml")), (mended, curious));
    let after = fs::metadata(&file).unwrap();
    // Only root may give files away.
    if is_root {
        assert_eq!((after.uid(), after.gid()), (54321, 12345));
    }
}

/// A pod with something to mend, and what becomes of it.
fn curious(name: &str) -> [String; 2] {
    let pod = pod(name);
    [pod.replace("spec:\n", "spec:\n  hostPID: true\n"), pod]
}

fn host_pid() -> Scan {
    Scan::new().verb("fix").args(["--rule", "pod-security/host-pid"])
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_that_leads_out_of_the_tree() {
    use std::os::unix::fs::symlink;
    let ([b, mended_b], [c, mended_c]) = (curious("b"), curious("c"));
    let scan = host_pid().file("../outside/b.yaml", &b).file("inside/c.yaml", &c);
    symlink("../outside/b.yaml", scan.tree().join("b.yaml")).unwrap();
    symlink("../outside", scan.tree().join("folder")).unwrap();
    symlink("inside/c.yaml", scan.tree().join("c.yaml")).unwrap();
    let read = |file: &str| fs::read_to_string(scan.tree().join(file)).unwrap();
    for path in [".", "b.yaml", "folder", "folder/b.yaml", "inside/../b.yaml"] {
        let ran = scan.run_with([path]);
        assert_eq!(ran.code, 3, "{path}: {}", ran.stderr);
        assert_eq!(read("../outside/b.yaml"), b, "{path}");
    }
    assert_eq!(read("inside/c.yaml"), mended_c, "a link inside the tree leads to its target");
    assert!(scan.tree().join("c.yaml").is_symlink(), "and stays a link");
    let ran = scan.run_with(["../outside"]);
    assert_eq!((ran.code, read("../outside/b.yaml")), (0, mended_b), "by its own path it is mended");
}

#[test]
fn a_run_that_is_killed_leaves_whole_files() {
    let [curious, mended] = curious("a").map(|pod| pod + &"# filling\n".repeat(20_000));
    let names: Vec<String> = (0..20).map(|number| format!("{number}.yaml")).collect();
    let scan = names.iter().fold(host_pid(), |scan, name| scan.file(name, &curious));
    let done = || {
        let texts = names.iter().map(|name| fs::read_to_string(scan.tree().join(name)).unwrap());
        let done = texts.map(|text| {
            assert!(text == curious || text == mended, "a file is not whole: {} bytes", text.len());
            text == mended
        });
        done.filter(|done| *done).count()
    };
    let mut counts = BTreeSet::new();
    for round in 0..20 {
        names.iter().for_each(|name| fs::write(scan.tree().join(name), &curious).unwrap());
        let mut child = scan.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(round * 40));
        child.kill().unwrap();
        child.wait().unwrap();
        counts.insert(done());
    }
    assert!(counts.contains(&0), "no run was killed in time: {counts:?}");
    scan.run();
    assert_eq!(done(), names.len());
}

#[test]
fn a_suppression_is_not_left_above_what_it_was_not_meant_for() {
    let text = "kind: Pod\napiVersion: v1\nspec:\n  # plimsoll:ignore pod-security/privileged -- about the next line\n  hostPID: true\n  containers:\n    - { name: c, image: \"b:1\", securityContext: { privileged: true } }\n";
    let scan = Scan::new().verb("fix").args(["--rule", "pod-security/host-pid"]).file("a.yaml", text);
    let ran = scan.run();
    assert!(
        ran.stdout.contains("left a.yaml:5:3 pod-security/host-pid: a suppression stands above"),
        "{}",
        ran.stdout
    );
    assert_eq!(fs::read_to_string(scan.tree().join("a.yaml")).unwrap(), text);
}
