using Holdfast.Gateway.Security;
using Holdfast.Gateway.Shutdown;

namespace Holdfast.Gateway.Configuration;

/// <summary>Reads <c>server</c> and holds what its values must be together.</summary>
internal static class ServerSection
{
    // Each is compared with each.
    private const int MostUrls = 64;

    // A longer drain than this is no shutdown any more.
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Says why these options would let strangers call; null when they don't.</summary>
    /// <remarks>For whoever changes <c>urls</c> after the file was read, too.</remarks>
    public static string? OpenToStrangers(ServerOptions server) =>
        !server.RequireKeys && !server.Anonymous &&
        server.Urls.Select(url => ListenUrl.Parse(url, out _)).Any(url => url is not { IsLoopback: true })
            ? "callers need no key, and other machines can reach an address in urls: set requireKeys: true, or " +
              "anonymous: true if that is meant, or listen on 127.0.0.1 only"
            : null;

    public static ServerOptions Read(SectionReader section)
    {
        var standard = new ServerOptions();
        var server = new ServerOptions
        {
            Urls = Urls(section, "urls", standard.Urls) is { Count: > 0 } urls ? urls : standard.Urls,
            ManagementUrls = Urls(section, "managementUrls", []),
            AdminKey = Key(section, "adminKey"),
            MetricsKey = Key(section, "metricsKey"),
            RequireKeys = section.Flag("requireKeys", standard.RequireKeys),
            Anonymous = section.Flag("anonymous", standard.Anonymous),
            Hosts = Checked(section, "hosts", IsHost, "is not a host name: no scheme, no port, no path"),
            Origins = Checked(section, "origins", IsOrigin, "is not an origin: scheme://host[:port], nothing after it"),
            MaxRequestBytes = section.Integer("maxRequestBytes", standard.MaxRequestBytes, 1000L, 2_000_000_000L),
            DataDirectory = DataDirectory(section, standard.DataDirectory),
            Shutdown = Shutdown(section.Section("shutdown")),
        };
        section.Done();
        Compare(section, server);
        return server;
    }

    private static void Compare(SectionReader section, ServerOptions server)
    {
        if (OpenToStrangers(server) is { } open)
            section.Error(section.Has("urls") ? "urls" : "requireKeys", open);
        if (server.AdminKey.Length > 0 && server.AdminKey == server.MetricsKey)
            section.Error("metricsKey", "is the same as adminKey; it would open everything");
        if (server.AdminKey.Length is > 0 and < AccessPolicy.ShortestKey)
            section.Warn("adminKey", $"has less than {AccessPolicy.ShortestKey} characters; it can be guessed");
        if (server.RequireKeys)
        {
            section.Warn("requireKeys",
                "there is no key store in this version, so only the admin key may call");
        }

        if (server.RequireKeys && server.Anonymous)
            section.Warn("anonymous", "does nothing while requireKeys is true");
        var own = server.Urls.Select(url => ListenUrl.Parse(url, out _)).OfType<ListenUrl>().ToList();
        var management = server.ManagementUrls.Select(url => ListenUrl.Parse(url, out _)).OfType<ListenUrl>().ToList();
        if (management.Any(url => own.Any(url.Overlaps)))
            section.Error("managementUrls", "has an address that urls has too; they must differ");
        ReportRepeats(section, "urls", own);
        ReportRepeats(section, "managementUrls", management);
    }

    private static void ReportRepeats(SectionReader section, string key, List<ListenUrl> urls)
    {
        for (var i = 0; i < urls.Count; i++)
        {
            if (urls.Take(i).Any(urls[i].Overlaps))
                section.Error(key, "has an address twice, or one that another one includes");
        }
    }

    private static List<string> Urls(SectionReader section, string key, IReadOnlyList<string> standard)
    {
        section.Standard(key, string.Join(';', standard));
        var urls = new List<string>();
        foreach (var written in section.Texts(key, ';', ',') ?? [])
        {
            if (urls.Count == MostUrls)
            {
                section.Error(key, $"has more than {MostUrls} addresses");
                break;
            }

            if (ListenUrl.Parse(written.Text, out var problem) is not null)
                urls.Add(written.Text);
            else
                section.Report(written.Line, written.Place, HideUser(written).Says(problem!));
        }

        return urls;
    }

    private static string Key(SectionReader section, string key)
    {
        var value = section.Text(key, "")!;
        if (HeaderRules.KeyProblem(value) is { } problem)
            section.Error(key, $"{problem} (value not shown)");
        return value;
    }

    private static List<string> Checked(SectionReader section, string key, Func<string, bool> isRight, string problem)
    {
        section.Standard(key, "[]");
        var values = new List<string>();
        foreach (var written in section.Texts(key, ',') ?? [])
        {
            if (isRight(written.Text))
                values.Add(written.Text);
            else
                section.Report(written.Line, written.Place, HideUser(written).Says(problem));
        }

        return values;
    }

    private static bool IsHost(string text) =>
        Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;

    private static bool IsOrigin(string text) =>
        WebAddress.Problem(text) is null &&
        new Uri(text) is var uri && uri.PathAndQuery == "/" && uri.Fragment.Length == 0 &&
        !text.EndsWith('/') && !text.EndsWith('?') && !text.EndsWith('#') && !text.Contains('*');

    private static string DataDirectory(SectionReader section, string standard)
    {
        var directory = section.Text("dataDirectory", standard)!;
        if (directory.Trim().Length == 0)
            section.Error("dataDirectory", "must name a directory");
        return directory;
    }

    private static ShutdownOptions Shutdown(SectionReader section)
    {
        var standard = new ShutdownOptions();
        var shutdown = new ShutdownOptions
        {
            Timeout = section.Duration("timeout", standard.Timeout, TimeSpan.Zero, Day),
            ForceKillTimeout = section.Duration("forceKillTimeout", standard.ForceKillTimeout, TimeSpan.Zero, Day),
            Delay = section.Duration("delay", standard.Delay, TimeSpan.Zero, Day),
        };
        section.Done();
        return shutdown;
    }

    // An address with a password in it is a mistake whose message must not repeat the password.
    private static PlacedText HideUser(PlacedText written) =>
        written.Text.Contains('@') ? written with { IsHidden = true } : written;
}
