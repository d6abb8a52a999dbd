using System.Collections.Frozen;
using System.Net;

namespace Holdfast.Gateway.Security;

/// <summary>
/// Which Host names and browser origins are served. A page from elsewhere must not reach the gateway through a
/// visitor's browser, neither directly nor by a DNS name that points here.
/// </summary>
internal sealed class HostPolicy
{
    private readonly FrozenSet<string> _hosts;
    private readonly FrozenSet<string> _origins;
    private readonly bool _anyAddress;

    public HostPolicy(ServerOptions options)
    {
        var hosts = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (options.Hosts.Count > 0)
        {
            hosts.UnionWith(options.Hosts.Select(Bare));
        }
        else
        {
            hosts.Add("localhost");
            foreach (var url in options.Urls.Concat(options.ManagementUrls))
            {
                var host = HostOf(url);
                if (IsWildcard(host))
                {
                    // Bound to everything, known by any address; a name must still be configured.
                    _anyAddress = true;
                    hosts.Add(Dns.GetHostName());
                }
                else if (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address))
                {
                    hosts.UnionWith(["127.0.0.1", "::1", host]);
                }
                else
                {
                    hosts.Add(host);
                }
            }
        }

        _hosts = hosts.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _origins = options.Origins.Select(origin => origin.TrimEnd('/'))
            .ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <param name="host">The Host header's name without its port.</param>
    public bool ServesHost(string host)
    {
        var bare = Bare(host);
        return _hosts.Contains(bare) || (_anyAddress && IPAddress.TryParse(bare, out _));
    }

    /// <summary>True for an origin of the configuration, and for a page of our own.</summary>
    /// <param name="origin">The Origin header.</param>
    /// <param name="self">The Host header, port included.</param>
    public bool ServesOrigin(string origin, string self) => _origins.Contains(origin)
        || string.Equals(origin, "http://" + self, StringComparison.OrdinalIgnoreCase)
        || string.Equals(origin, "https://" + self, StringComparison.OrdinalIgnoreCase);

    /// <summary>The host of a Kestrel address, which may have a wildcard where a URI may not.</summary>
    internal static string HostOf(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? scheme + 3 : 0;
        var rest = url[start..].Split('/')[0];
        var portAt = rest.LastIndexOf(':');
        return Bare(portAt > rest.LastIndexOf(']') ? rest[..portAt] : rest);
    }

    internal static bool IsWildcard(string host) => host is "*" or "+" or "0.0.0.0" or "::";

    private static string Bare(string host) =>
        host is ['[', .., ']'] ? host[1..^1] : host;
}
