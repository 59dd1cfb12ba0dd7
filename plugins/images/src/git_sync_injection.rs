//! `images/git-sync-injection`

use plimsoll_sdk::prelude::*;

/// Where the kubelet mounts the pod's own credentials.
const OWN_TOKEN: &str = "/var/run/secrets/kubernetes.io/";

/// The rule.
pub const RULE: Rule = Rule {
    id: "git-sync-injection",
    summary: "git-sync is told to run another program, or to send the pod's own token",
    kinds: PODS,
    docs: r#"
git-sync runs whatever `--git` or `GITSYNC_GIT` names, with the rights of the pod. Someone who may edit a ConfigMap or a values file, but
not images, turns that into a shell in a pod that is trusted to talk to the network: point it at a script in the repository that
git-sync itself has just fetched, and nobody sees a strange image. `--password-file` is the quieter sibling: aimed at the pod's
ServiceAccount token, it sends that token to a git server of the attacker's choice. Akamai showed both in 2024; upstream regards them as
features, so they will stay.

Leave the flag out. git-sync finds `git` in its own image:

    args: ["--repo=https://github.com/acme/site", "--root=/git"]

Checkov reports any `GITSYNC_GIT`, whatever it says, and only that. We also read the older `GIT_SYNC_GIT`, the command line, and the
password file; and we let `git` and `/usr/bin/git` pass, which say what is the case anyway.

Suppress it for a build of git-sync whose git has another name.

```yaml fails
kind: Pod
spec:
  containers:
    - { name: sync, image: "registry.k8s.io/git-sync/git-sync:v4.4.0", env: [{ name: GITSYNC_GIT, value: /git/repo/run.sh }] }
```
```yaml fails
kind: Pod
spec: { initContainers: [{ name: sync, image: "git-sync:v4", args: ["--repo=https://example.com/a", "--git", /tmp/x] }] }
```
```yaml fails
kind: Pod
spec:
  containers:
    - name: sync
      image: git-sync:v4
      args: [--password-file=/var/run/secrets/kubernetes.io/serviceaccount/token]
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: sync
      image: git-sync:v4
      args: ["--repo=https://example.com/a", --git=git, --password-file=/etc/git-secret/password]
    - { name: other, image: "acme/forge:1", args: [--git=https://git.acme.internal] }
```"#,
    check: |object, report| {
        for container in object.pods().flat_map(Pod::all_containers) {
            if let Some((node, why)) = injection(container) {
                report.at(node, format!("{} {why}", container.title()));
            }
        }
    },
    security_severity: 55,
    equivalents: &["CK:CKV_K8S_159"],
    ..Rule::DEFAULT
};

fn injection(container: Container<'_>) -> Option<(Node<'_>, &'static str)> {
    const PROGRAM: &str = "tells git-sync to run another program than git; remove it";
    const TOKEN: &str =
        "sends the pod's own ServiceAccount token to the git server as a password; use a secret made for git";
    for variable in container.get("env").items() {
        let value = variable.get("value");
        match variable.get("name").str() {
            "GITSYNC_GIT" | "GIT_SYNC_GIT" if !is_git(value) || variable.get("valueFrom").is_set() => {
                return Some((variable, PROGRAM));
            }
            "GITSYNC_PASSWORD_FILE" | "GIT_SYNC_PASSWORD_FILE" if value.str().starts_with(OWN_TOKEN) => {
                return Some((variable, TOKEN));
            }
            _ => {}
        }
    }
    if !container.image().is_some_and(|image| image.name().contains("git-sync")) {
        return None;
    }
    let words: Vec<_> = container.get("command").items().chain(container.get("args").items()).collect();
    let flags = words.iter().enumerate().filter_map(|(at, word)| {
        let flag = word.str().strip_prefix('-')?;
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        match flag.split_once('=') {
            Some((flag, value)) => Some((*word, flag, value)),
            None => Some((*word, flag, words.get(at + 1)?.str())),
        }
    });
    flags.into_iter().find_map(|(word, flag, value)| match flag {
        "git" if !is_name_of_git(value) => Some((word, PROGRAM)),
        "password-file" if value.starts_with(OWN_TOKEN) => Some((word, TOKEN)),
        _ => None,
    })
}

fn is_git(value: Node<'_>) -> bool {
    value.as_str().is_none_or(is_name_of_git)
}

fn is_name_of_git(program: &str) -> bool {
    matches!(program, "" | "git" | "/usr/bin/git")
}
