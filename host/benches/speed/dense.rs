//! Manifests as people write them, dense with findings: the same for the same number of objects, on any machine.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const OBJECTS_A_FILE: usize = 100;

const TEAMS: [&str; 6] = ["shop", "payments", "search", "identity", "observability", "logistics"];
const ROLES: [&str; 7] = ["api", "worker", "gateway", "cache", "scheduler", "frontend", "importer"];
const IMAGES: [&str; 6] = [
    "ghcr.io/acme/server:latest",
    "registry.acme.example/platform/runner:2.14.0",
    "nginx",
    "docker.io/library/redis:7.2-alpine",
    "quay.io/acme/exporter:v0.9.1",
    "busybox:stable",
];

/// Writes so many objects to a folder.
pub fn write(folder: &Path, objects: usize) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for first in (0..objects).step_by(OBJECTS_A_FILE) {
        let last = objects.min(first + OBJECTS_A_FILE);
        let text = (first..last).map(object).collect::<Vec<_>>().join("---\n");
        let file = folder.join(format!("{:05}.yaml", first / OBJECTS_A_FILE));
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

fn object(number: usize) -> String {
    let name = Name { number, team: pick(&TEAMS, number / 7), role: pick(&ROLES, number) };
    match number % 10 {
        0 | 3 | 6 => workload("Deployment", &name),
        1 => service(&name),
        2 => workload("StatefulSet", &name),
        4 => configuration(&name),
        5 => workload("DaemonSet", &name),
        7 => job(&name),
        8 => role(&name),
        _ => ingress(&name),
    }
}

struct Name {
    number: usize,
    team: &'static str,
    role: &'static str,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.team, self.role, self.number)
    }
}

impl Name {
    fn head(&self, api_version: &str, kind: &str) -> String {
        let Self { number, team, role } = self;
        format!(
            "# {role} of team {team}; ask in #{team}-oncall before you change this\n\
             apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {self}\n  namespace: {team}\n  labels:\n    \
             app.kubernetes.io/name: {role}\n    app.kubernetes.io/instance: \"{number}\"\n    team: {team}\n"
        )
    }
}

fn pick(among: &[&'static str], number: usize) -> &'static str {
    among[number.wrapping_mul(31) % among.len()]
}

fn workload(kind: &str, name: &Name) -> String {
    let mut text = name.head("apps/v1", kind);
    text.push_str(
        "  annotations:\n    prometheus.io/scrape: 'true'\n    prometheus.io/port: \"9102\"\nspec:\n",
    );
    if kind != "DaemonSet" {
        _ = writeln!(text, "  replicas: {}", 1 + name.number % 5);
    }
    if kind == "StatefulSet" {
        _ = writeln!(text, "  serviceName: {name}");
    }
    _ = write!(
        text,
        "  selector:\n    matchLabels:\n      app.kubernetes.io/instance: \"{}\"\n",
        name.number
    );
    text.push_str("  template:\n");
    template(&mut text, name, 4);
    text
}

fn job(name: &Name) -> String {
    let mut text = name.head("batch/v1", "CronJob");
    let minute = name.number % 60;
    _ = write!(
        text,
        "spec:\n  schedule: \"{minute} */6 * * *\" # four times a day\n  concurrencyPolicy: Forbid\n  jobTemplate:\n    \
         spec:\n      backoffLimit: 2\n      template:\n"
    );
    template(&mut text, name, 8);
    text
}

/// A pod with three or four containers.
fn template(text: &mut String, name: &Name, indent: usize) {
    let mut pod = format!(
        "metadata:\n  labels:\n    app.kubernetes.io/name: {}\n    app.kubernetes.io/instance: \"{}\"\nspec:\n  \
         serviceAccountName: {name}\n",
        name.role, name.number
    );
    if name.number.is_multiple_of(7) {
        pod.push_str("  hostNetwork: true # the old load balancer needs it\n");
    }
    if text.contains("kind: CronJob") {
        pod.push_str("  restartPolicy: OnFailure\n");
    }
    pod.push_str("  containers:\n");
    for position in 0..3 + name.number / 3 % 2 {
        container(&mut pod, name, position);
    }
    pod.push_str("  volumes:\n    - name: config\n      configMap:\n        name: settings\n    - name: scratch\n      emptyDir: {}\n");
    if name.number.is_multiple_of(11) {
        pod.push_str("    - name: logs\n      hostPath:\n        path: /var/log\n");
    }
    for line in pod.lines() {
        _ = writeln!(text, "{:indent$}{line}", "");
    }
}

fn container(pod: &mut String, name: &Name, position: usize) {
    let number = name.number + position;
    let image = pick(&IMAGES, number / 2);
    let port = 8080 + position;
    _ = write!(
        pod,
        "    - name: {role}-{position}\n      image: {image}\n      args: [\"--listen=:{port}\", --team, {team}]\n      \
         ports:\n        - name: http-{position}\n          containerPort: {port}\n",
        role = name.role,
        team = name.team,
    );
    pod.push_str(match number % 4 {
        0 => "      resources:\n        requests: { cpu: 100m, memory: 128Mi }\n        limits: { memory: 256Mi }\n      env:\n        - name: POD_NAME\n          valueFrom:\n            fieldRef:\n              fieldPath: metadata.name\n",
        1 => "      securityContext:\n        privileged: true\n        runAsUser: 0\n",
        2 => "      securityContext:\n        allowPrivilegeEscalation: false\n        capabilities:\n          add: [\"NET_ADMIN\"]\n",
        _ => "      readinessProbe:\n        httpGet: { path: /healthz, port: 8080 }\n        periodSeconds: 10\n      env:\n        - name: LOG_LEVEL\n          value: info\n",
    });
    pod.push_str("      volumeMounts:\n        - { name: config, mountPath: /etc/app }\n        - name: scratch\n          mountPath: /tmp\n");
}

fn service(name: &Name) -> String {
    let selected = name.number - 1;
    name.head("v1", "Service")
        + &format!(
            "spec:\n  type: ClusterIP\n  selector:\n    app.kubernetes.io/instance: \"{selected}\"\n  ports:\n    \
             # what the ingress talks to\n    - name: http\n      port: 80\n      targetPort: http-0\n    - name: metrics\n      \
             port: 9102\n      targetPort: 9102\n"
        )
}

fn configuration(name: &Name) -> String {
    let Name { team, role, number } = name;
    let mut text = name.head("v1", "ConfigMap");
    _ = write!(
        text,
        "data:\n  LOG_FORMAT: json\n  FEATURES: \"search,checkout,invoices\"\n  settings.ini: |\n    [server]\n    \
         # seconds\n    timeout = 30\n    upstream = http://{role}.{team}.svc:8080/v1\n\n    [cache]\n    size = {number}\n    \
         policy = \"lru\"\n  start.sh: |-\n    #!/bin/sh\n    set -eu\n    exec /usr/local/bin/{role} --config /etc/app/settings.ini \"$@\"\n  \
         notice: >\n    This text is folded, because somebody once\n    read that it should be,\n    and nobody dared to change it.\n"
    );
    text
}

fn role(name: &Name) -> String {
    name.head("rbac.authorization.k8s.io/v1", "Role")
        + "rules:\n  - apiGroups: [\"\"]\n    resources: [\"pods\", \"pods/log\"]\n    verbs: [\"get\", \"list\", \"watch\"]\n  \
           - apiGroups:\n      - apps\n    resources:\n      - deployments\n      - statefulsets\n    verbs:\n      - get\n      - patch\n"
}

fn ingress(name: &Name) -> String {
    let Name { team, role, .. } = name;
    name.head("networking.k8s.io/v1", "Ingress")
        + &format!(
            "  annotations:\n    nginx.ingress.kubernetes.io/proxy-body-size: \"8m\"\nspec:\n  ingressClassName: nginx\n  tls:\n    \
             - hosts: [{role}.{team}.acme.example]\n      secretName: {name}-tls\n  rules:\n    - host: {role}.{team}.acme.example\n      \
             http:\n        paths:\n          - path: /\n            pathType: Prefix\n            backend:\n              service:\n                \
             name: {name}\n                port:\n                  name: http\n"
        )
}
