//! `pod-security/sudo-in-entrypoint`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "sudo-in-entrypoint",
    summary: "Container starts a program with sudo",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
`sudo` in a container means that the image has a way to become root for everybody who is in it: the program
that was started, and equally whoever broke into it. All that `runAsUser` seems to promise is gone after four
letters. Besides, `sudo` is a set-uid program with a history of holes of its own, and it does not work where
it should not: with `allowPrivilegeEscalation: false`, which the `restricted` level demands, the kernel
ignores set-uid bits, and the container dies with *effective uid is not 0*.

Say in the manifest as whom a container runs, and do what really needs root before, in an init container or in
the image:

```yaml
initContainers:
  - name: own-the-data
    image: busybox:1.37
    command: [chown, -R, "10001", /data]
    securityContext: { runAsUser: 0 }
containers:
  - name: db
    command: [/usr/bin/db]
    securityContext: { runAsUser: 10001, allowPrivilegeEscalation: false }
```

For files of a volume `fsGroup` often saves even that. To *drop* root, as entry scripts do, use `setpriv` or
`gosu`, which need no set-uid bit.

Suppress it for development workspaces whose people are meant to install packages; a user namespace
(`hostUsers: false`) makes that bearable.

**Where scanners disagree.** Kubescape alone looks, for the letters `sudo` in any word of `command`, so
`/opt/pseudo/run` fails and the same call in `args` passes. We read `command` and `args` together as the
kernel gets them, and scripts after `sh -c` command by command: `sudo` has to be what is called, not what is
talked about or installed. What an image's own entry point does is not in the manifest.

```yaml fails
kind: Pod
spec:
  containers: [{ name: web, image: "web:1", command: [sudo, -E, nginx] }]
```
```yaml fails
kind: Pod
spec:
  containers:
    - name: web
      image: web:1
      command: [/bin/bash, -ec]
      args: ["mkdir -p /run/web && sudo chown web /run/web; exec web"]
```
```yaml fails
kind: Pod
spec:
  containers: [{ name: web, image: "web:1", args: [-c, "exec bash -lc 'sudo web'"] }]
```
```yaml fails
kind: Pod
spec:
  initContainers: [{ name: setup, image: "setup:1", args: [tini, --, /usr/bin/sudo, setup] }]
```
```yaml fails
kind: Pod
spec:
  containers:
    - name: web
      image: web:1
      command: [sh, -c]
      args:
        - |
          # as root
          if test -w /etc/hosts; then
            DEBUG=1 sudo -u web web
          fi
```
```yaml passes
kind: Pod
spec:
  containers:
    - { name: pseudo, image: "pseudo:1", command: [/opt/pseudo/run, --mode, pseudo] }
    - { name: install, image: "install:1", command: [sh, -c, "apt-get install -y sudo && echo sudo is there # sudo"] }
    - { name: apt, image: "apt:1", command: [apt-get, install, sudo] }
    - { name: count, image: "count:1", command: [grep, -c, sudo, /var/log/auth.log] }
    - { name: talk, image: "talk:1", args: [--banner, "sudo make me a sandwich"] }
```"#,
    check: |object, report| {
        for container in object.pods().flat_map(Pod::all_containers) {
            let words: Vec<_> =
                container.get("command").items().chain(container.get("args").items()).collect();
            if let Some(position) = (0..words.len()).find(|position| calls_sudo(&words, *position)) {
                let message = format!(
                    "{} becomes root with `sudo`: say `runAsUser` in its `securityContext` and do what needs root in an init container",
                    container.title()
                );
                report.at(words[position], message);
            }
        }
    },
    security_severity: 55,
    cwe: &[250],
    equivalents: &["KU:C-0062"],
    ..Rule::DEFAULT
};

/// Whether the word at this position of the command line calls sudo. Without a `command` the first argument may be a program too, for an
/// entry point in the image that ends in `exec "$@"`, or an option of a shell that is the entry point.
fn calls_sudo(words: &[Node<'_>], position: usize) -> bool {
    let word = words[position].str();
    let Some(before) = position.checked_sub(1).map(|before| words[before].str()) else {
        return is_sudo(word);
    };
    let in_shell = position == 1 || words[..position].iter().any(|word| is_shell(word.str()));
    is_sudo(word) && (before == "--" || is_wrapper(before))
        || in_shell && takes_script(before) && script_calls_sudo(word)
}

fn is_sudo(word: &str) -> bool {
    file_name(word) == "sudo"
}

fn file_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Programs that start the program that follows.
fn is_wrapper(word: &str) -> bool {
    matches!(
        file_name(word),
        "command" | "dumb-init" | "env" | "exec" | "nice" | "nohup" | "setsid" | "time" | "tini"
    )
}

fn is_shell(word: &str) -> bool {
    matches!(file_name(word), "ash" | "bash" | "dash" | "ksh" | "sh" | "su" | "zsh")
}

/// `-c` of a shell, alone or among other letters as in `-euxc`.
fn takes_script(option: &str) -> bool {
    option.strip_prefix('-').is_some_and(|letters| {
        letters.ends_with('c') && letters.chars().all(|letter| letter.is_ascii_alphabetic())
    })
}

/// Whether a command of a shell script is sudo. Reads quotes only so far as a shell called with a script in quotes needs it.
fn script_calls_sudo(script: &str) -> bool {
    let code = script
        .lines()
        .map(|line| line.split_once(" #").map_or(line, |(code, _)| code))
        .filter(|line| !line.trim_start().starts_with('#'));
    code.flat_map(|line| line.split([';', '|', '&', '(', ')', '{', '}', '`'])).any(command_is_sudo)
}

fn command_is_sudo(command: &str) -> bool {
    let mut in_shell = false;
    let mut expects_program = true;
    for word in command.split_whitespace() {
        let word = word.trim_matches(['"', '\'']);
        if expects_program && is_sudo(word) {
            return true;
        }
        let introduces = matches!(word, "!" | "do" | "elif" | "else" | "if" | "then" | "until" | "while")
            || is_wrapper(word);
        let assigns = word.split_once('=').is_some_and(|(name, _)| {
            name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        });
        in_shell |= expects_program && is_shell(word);
        expects_program = expects_program && (introduces || assigns) || in_shell && takes_script(word);
    }
    false
}
