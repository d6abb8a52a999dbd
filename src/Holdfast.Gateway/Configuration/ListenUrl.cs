using System.Net;
using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration;

/// <summary>An address to listen on.</summary>
/// <param name="Host">An IP address, a name, or <c>*</c>; in lower case.</param>
/// <param name="Port">0: any free one.</param>
internal sealed partial record ListenUrl(string Host, int Port)
{
    /// <summary>Only this machine can reach it. A name other than localhost is listened on at every address.</summary>
    public bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out var ip) && IPAddress.IsLoopback(ip));

    private bool IsEverywhere =>
        IPAddress.TryParse(Host, out var ip)
            ? ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)
            : Host != "localhost";

    /// <summary>Null with the reason when it is none.</summary>
    public static ListenUrl? Parse(string text, out string? problem)
    {
        problem = null;
        var match = Shape().Match(text);
        if (!match.Success)
        {
            problem = "is not an address to listen on, such as http://127.0.0.1:8080 or http://*:8080";
            return null;
        }

        if (text.StartsWith("https", StringComparison.OrdinalIgnoreCase))
        {
            problem = "asks for TLS, for which this version takes no certificate: write http, and put a proxy that " +
                "ends TLS before it";
            return null;
        }

        var host = match.Groups["host"].Value.Trim('[', ']').ToLowerInvariant();
        host = host == "+" ? "*" : host;
        var isIp = IPAddress.TryParse(host, out var ip);
        if (host != "*" && !isIp && Uri.CheckHostName(host) != UriHostNameType.Dns)
            problem = "has a host that is neither a name nor an IP address";
        var port = match.Groups["port"] is { Success: true } written
            ? int.Parse(written.ValueSpan, System.Globalization.CultureInfo.InvariantCulture)
            : 80;
        if (port > 65_535)
            problem = "has a port that is not from 0 to 65535";
        else if (port == 0 && host == "localhost")
            problem = "has port 0 (any free one), which needs an IP address such as 127.0.0.1 instead of localhost";
        return problem is null ? new ListenUrl(isIp ? ip!.ToString() : host, port) : null;
    }

    /// <summary>Both cannot be listened on at once.</summary>
    public bool Overlaps(ListenUrl other) =>
        Port != 0 && Port == other.Port && (Host == other.Host || IsEverywhere || other.IsEverywhere);

    [GeneratedRegex(@"\Ahttps?://(?<host>\[[0-9a-f:.]+\]|[^\s:/?#@\[\]\p{C}]+)(?::(?<port>[0-9]{1,5}))?/?\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
