//! `images/digest-missing`

use plimsoll_sdk::prelude::*;

use crate::reference::references;

/// The rule.
pub const RULE: Rule = Rule {
    id: "digest-missing",
    summary: "Image is not pinned by its digest",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
A tag is a promise; a digest is the image. Whoever can push to the registry can move `1.4.2`, by mistake or with a stolen token, as
happened to a popular build action in 2025, and every new pod then runs the new content under the old name. What was scanned and
signed is a digest; a manifest that names only a tag runs something that may be neither.

Keep the tag for people and add the digest for machines:

    image: ghcr.io/acme/api:1.4.2@sha256:…

`crane digest` prints it, and Renovate or your delivery pipeline keeps it current; without such a tool digests go stale, security
updates with them, which is why the rule is part of the strict profile only.

Scanners disagree little here: Checkov, Kubescape and Kyverno ask for any `@`. We also read the digest: `@sha256:abc` passes there and
is then refused by the kubelet with `InvalidImageName`. A digest that a template still has to fill in is not judged.

Suppress it for images that your admission controller resolves to digests anyway.

```yaml fails
kind: Pod
spec: { containers: [{ name: api, image: "ghcr.io/acme/api:1.4.2" }] }
```
```yaml fails
kind: Pod
spec: { containers: [{ name: api, image: "ghcr.io/acme/api@sha256:abc" }] }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      image: ghcr.io/acme/api:1.4.2@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    - { name: later, image: "ghcr.io/acme/later@$(DIGEST)" }
```"#,
    check: |object, report| {
        for reference in object.pods().flat_map(references).filter(|reference| !reference.is_unfinished()) {
            let message = match reference.image.digest {
                Some(digest) if is_whole(digest) => continue,
                Some(digest) => format!(
                    "\"{digest}\" is no digest, and {} will not start; write `@sha256:` and 64 hexadecimal digits",
                    reference.title
                ),
                None => format!(
                    "{} names \"{}\" without a digest, so the registry decides what runs; add `@sha256:…`",
                    reference.title, reference.text
                ),
            };
            report.at(reference.node, message);
        }
    },
    profile: Profile::Strict,
    security_severity: 30,
    cwe: &[494],
    equivalents: &[
        "CK:CKV_K8S_43",
        "KU:C-0306",
        "KY:require-image-checksum",
        "DT:CONTAINERS_MISSING_IMAGE_VALUE_DIGEST",
    ],
    ..Rule::DEFAULT
};

/// Whether it is a digest of an algorithm that the OCI image specification registers, with all its digits.
fn is_whole(digest: &str) -> bool {
    let Some((algorithm, digits)) = digest.split_once(':') else { return false };
    let wanted = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    digits.len() == wanted && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
