//! Pod security: what a pod may take from its node, by the Pod Security Standards of every version and beyond them.

mod agent_sandbox_hardening;
mod allow_privilege_escalation;
mod apparmor;
mod capabilities_baseline;
mod capabilities_restricted;
mod capability;
mod capability_net_raw;
mod capability_sys_admin;
mod capability_sys_module;
mod container_port_privileged;
mod container_port_ssh;
mod host_aliases_set;
mod host_ipc;
mod host_mounts;
mod host_network;
mod host_path;
mod host_path_sensitive;
mod host_path_writable;
mod host_pid;
mod host_ports;
mod host_probes_lifecycle;
mod host_process;
mod low_id;
mod mount_propagation_bidirectional;
mod namespace_pss_labels;
mod os;
mod privileged;
mod proc_mount;
mod proc_mount_restricted;
mod read_only_root_filesystem;
mod run_as_low_gid;
mod run_as_low_uid;
mod run_as_non_root;
mod run_as_root_group;
mod run_as_user;
mod runtime_class_unhardened;
mod runtime_socket_mounted;
mod scc_privileged;
mod seccomp_baseline;
mod seccomp_restricted;
mod security_context_missing;
mod selinux;
mod setters;
mod sudo_in_entrypoint;
mod sysctls;
mod volume_types;

plimsoll_sdk::plugin![
    agent_sandbox_hardening::RULE,
    allow_privilege_escalation::RULE,
    apparmor::RULE,
    capabilities_baseline::RULE,
    capabilities_restricted::RULE,
    capability_net_raw::RULE,
    capability_sys_admin::RULE,
    capability_sys_module::RULE,
    container_port_privileged::RULE,
    container_port_ssh::RULE,
    host_aliases_set::RULE,
    host_ipc::RULE,
    host_network::RULE,
    host_path::RULE,
    host_path_sensitive::RULE,
    host_path_writable::RULE,
    host_pid::RULE,
    host_ports::RULE,
    host_probes_lifecycle::RULE,
    host_process::RULE,
    mount_propagation_bidirectional::RULE,
    namespace_pss_labels::RULE,
    privileged::RULE,
    proc_mount::RULE,
    proc_mount_restricted::RULE,
    read_only_root_filesystem::RULE,
    run_as_low_gid::RULE,
    run_as_low_uid::RULE,
    run_as_non_root::RULE,
    run_as_root_group::RULE,
    run_as_user::RULE,
    runtime_class_unhardened::RULE,
    runtime_socket_mounted::RULE,
    scc_privileged::RULE,
    seccomp_baseline::RULE,
    seccomp_restricted::RULE,
    security_context_missing::RULE,
    selinux::RULE,
    sudo_in_entrypoint::RULE,
    sysctls::RULE,
    volume_types::RULE,
];
