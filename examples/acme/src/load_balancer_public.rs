//! `acme/load-balancer-public`

use plimsoll_sdk::prelude::*;

/// Who approved of it.
const APPROVED: &str = "acme.example/public-approved-by";

/// How clouds are asked for a balancer with an address of the own network.
const INTERNAL: [(&str, &str); 4] = [
    ("networking.gke.io/load-balancer-type", "Internal"),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
];

/// The rule.
pub const RULE: Rule = Rule {
    id: "load-balancer-public",
    summary: "Service is open to the internet, and nobody approved of it",
    level: Level::Error,
    kinds: &["Service"],
    docs: r#"
`type: LoadBalancer` gets an address of the internet from most clouds, past every gateway. Go through the gateway with `type: ClusterIP`, ask for
an internal balancer, or have security approve, who then write their name into the annotation `acme.example/public-approved-by`.

Suppress it never; the annotation is there for that.

```yaml fails
apiVersion: v1
kind: Service
metadata: { name: api }
spec: { type: LoadBalancer }
```
```yaml fails
apiVersion: v1
kind: Service
metadata: { name: api, annotations: { acme.example/public-approved-by: "" } }
spec: { type: LoadBalancer }
```
```yaml passes
apiVersion: v1
kind: Service
metadata: { name: api, annotations: { networking.gke.io/load-balancer-type: Internal } }
spec: { type: LoadBalancer }
```
```yaml passes
apiVersion: v1
kind: Service
metadata: { name: api, annotations: { acme.example/public-approved-by: ann } }
spec: { type: LoadBalancer }
```"#,
    check: |object, report| {
        let of_core = object.group().is_empty();
        let kind = object.at(&["spec", "type"]);
        let annotations = object.annotations();
        let internal = INTERNAL.iter().any(|(key, value)| annotations.get(key).is(value));
        let approved = !annotations.get(APPROVED).str().is_empty();
        if of_core && kind.is("LoadBalancer") && !internal && !approved {
            let name = object.name();
            report.at(kind, format!("Service \"{name}\" is open to the internet; use `ClusterIP` behind the gateway, or have `{APPROVED}` set"));
        }
    },
    security_severity: 70,
    ..Rule::DEFAULT
};
