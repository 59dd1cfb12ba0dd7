//! What objects mount from the file system of their node.

use plimsoll_sdk::{Node, Object};

/// The paths on the node that an object reaches: the `hostPath` volumes of its pods, and what a PersistentVolume of the node is made of.
/// Each comes with how a message calls it.
pub(crate) fn host_paths(object: Object<'_>) -> Vec<(String, Node<'_>)> {
    if object.kind() == "PersistentVolume" {
        let spec = object.get("spec");
        let paths = [spec.at(&["hostPath", "path"]), spec.at(&["local", "path"])];
        return paths
            .into_iter()
            .filter(|path| path.is_set())
            .map(|path| (format!("PersistentVolume \"{}\"", object.name()), path))
            .collect();
    }
    let volumes = object.pods().flat_map(|pod| pod.get("volumes").items());
    volumes
        .map(|volume| (format!("volume \"{}\"", volume.get("name").str()), volume.at(&["hostPath", "path"])))
        .filter(|(_, path)| path.is_set())
        .collect()
}

/// The path without detours: one `/` between steps and none at the end, no `.` and `..`, `/run` for `/var/run`, which leads there. A
/// path of Windows is written the same way, in lower case and without its drive.
pub(crate) fn cleaned(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = match path.split_once(':') {
        Some((drive, rest)) if drive.len() == 1 && drive != "/" => rest.to_ascii_lowercase(),
        _ => path,
    };
    let mut steps = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    if steps.starts_with(&["var", "run"]) {
        steps.remove(0);
    }
    format!("/{}", steps.join("/"))
}

/// Whether a cleaned path is this directory or lies below it.
pub(crate) fn is_within(path: &str, directory: &str) -> bool {
    directory == "/"
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detours_lead_to_the_same_path() {
        for (written, cleaned_path) in [
            ("/", "/"),
            ("/etc/", "/etc"),
            ("//etc/./ssl/../shadow", "/etc/shadow"),
            ("/var/run/docker.sock", "/run/docker.sock"),
            (r"C:\", "/"),
            (r"C:\Var\Lib\kubelet", "/var/lib/kubelet"),
            (r"\\.\pipe\docker_engine", "/pipe/docker_engine"),
        ] {
            assert_eq!(cleaned(written), cleaned_path, "{written}");
        }
    }

    #[test]
    fn a_neighbour_with_a_longer_name_is_not_within() {
        assert!(is_within("/etc/kubernetes", "/etc/kubernetes"));
        assert!(is_within("/etc/kubernetes/pki", "/etc/kubernetes"));
        assert!(!is_within("/etc/kubernetes-backup", "/etc/kubernetes"));
    }
}
