using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// Everything that is built from one configuration; immutable. A call takes it once and keeps it, so that it never
/// mixes two configurations.
/// </summary>
internal sealed record GatewaySnapshot(
    ServerOptions Server, RouteTable Routes, HostPolicy Hosts, AccessPolicy Access, Redaction Redaction);
