using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Security;
using static Holdfast.Gateway.Tests.Configuration.ConfigurationText;

namespace Holdfast.Gateway.Tests.Configuration;

public class ServerConfigurationTests
{
    private const string NoAddress =
        "is not an address to listen on, such as http://127.0.0.1:8080 or http://*:8080";

    [Theory]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080")]
    [InlineData("'http://127.0.0.1:1;http://localhost:2'", "http://127.0.0.1:1 http://localhost:2")]
    [InlineData("'http://127.0.0.1:1, http://[::1]:2'", "http://127.0.0.1:1 http://[::1]:2")]
    [InlineData("[http://127.0.0.1:0, 'http://[::1]:0/']", "http://127.0.0.1:0 http://[::1]:0/")]
    [InlineData("''", "http://127.0.0.1:8080")]
    [InlineData("[]", "http://127.0.0.1:8080")]
    public void Urls_are_one_text_or_a_list(string written, string read) =>
        Assert.Equal(read, string.Join(' ', Options($"server: {{ urls: {written} }}").Server.Urls));

    [Theory]
    [InlineData("127.0.0.1:8080", NoAddress)]
    [InlineData("ftp://127.0.0.1", NoAddress)]
    [InlineData("http://127.0.0.1/api", NoAddress)]
    [InlineData("http://127.0.0.1:65536", "has a port that is not from 0 to 65535")]
    [InlineData("http://localhost:0",
        "has port 0 (any free one), which needs an IP address such as 127.0.0.1 instead of localhost")]
    [InlineData("http://[1::2::3]:80", "has a host that is neither a name nor an IP address")]
    [InlineData("http://a b:80", NoAddress)]
    public void Urls_must_be_addresses_to_listen_on(string url, string error)
    {
        Assert.Equal($"holdfast.yaml:1: server.urls: '{url}' {error}", Error($"server: {{ urls: '{url}' }}"));
        Assert.Equal($"holdfast.yaml:1: server.managementUrls[0]: '{url}' {error}",
            Error($"server: {{ managementUrls: ['{url}'] }}"));
    }

    [Theory]
    [InlineData("http://*:8080")]
    [InlineData("http://+:8080")]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://[::]:8080")]
    [InlineData("http://192.168.0.7:8080")]
    [InlineData("http://gateway.example.org:8080")]
    [InlineData("http://127.0.0.1:1;http://10.0.0.1:1")]
    public void Without_keys_only_this_machine_may_reach_it(string url)
    {
        Assert.Equal(
            "holdfast.yaml:1: server.urls: callers need no key, and other machines can reach an address in urls: " +
            "set requireKeys: true, or anonymous: true if that is meant, or listen on 127.0.0.1 only",
            Error($"server: {{ urls: '{url}' }}"));
        Options($"server: {{ urls: '{url}', anonymous: true }}");
        Options($"server: {{ urls: '{url}', requireKeys: true }}");
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://127.8.9.1:8080")]
    [InlineData("http://localhost:8080")]
    [InlineData("http://LOCALHOST:8080")]
    [InlineData("http://[::1]:8080")]
    public void Loopback_needs_no_keys(string url) => Options($"server: {{ urls: '{url}' }}");

    [Fact]
    public void Addresses_given_after_the_file_was_read_can_be_checked_the_same_way()
    {
        Assert.Null(ServerSection.OpenToStrangers(new ServerOptions()));
        Assert.NotNull(ServerSection.OpenToStrangers(new ServerOptions { Urls = ["http://*:80"] }));
    }

    [Theory]
    [InlineData("http://127.0.0.1:81", "http://127.0.0.1:81")]
    [InlineData("http://127.0.0.1:81", "http://127.0.0.1:81/")]
    [InlineData("http://127.0.0.1:80", "http://127.0.0.1")]
    [InlineData("http://127.0.0.1:81", "http://*:81")]
    public void Management_needs_addresses_of_its_own(string url, string management) =>
        Assert.Equal(
            "holdfast.yaml:1: server.managementUrls: has an address that urls has too; they must differ",
            Error($"server: {{ urls: '{url}', managementUrls: '{management}' }}"));

    [Fact]
    public void The_same_port_at_different_addresses_is_fine() =>
        Options("server: { urls: 'http://127.0.0.1:81', managementUrls: 'http://127.0.0.2:81' }");

    [Fact]
    public void An_address_twice_is_an_error() =>
        Assert.Equal("holdfast.yaml:1: server.urls: has an address twice, or one that another one includes",
            Error("server: { urls: ['http://127.0.0.1:81', 'http://127.0.0.1:81'] }"));

    [Theory]
    [InlineData("https://gateway.example.org")]
    [InlineData("gateway.example.org:80")]
    [InlineData("gateway/x")]
    [InlineData("a b")]
    public void Hosts_are_bare_names(string host)
    {
        Assert.Equal(
            $"holdfast.yaml:1: server.hosts[1]: '{host}' is not a host name: no scheme, no port, no path",
            Error($"server: {{ hosts: [good.example.org, '{host}'] }}"));
        Options("server: { hosts: [a.example.org, 10.0.0.1, '[::1]', localhost] }");
    }

    [Theory]
    [InlineData("app.example.org")]
    [InlineData("https://app.example.org/")]
    [InlineData("https://app.example.org/x")]
    [InlineData("https://app.example.org?x")]
    [InlineData("https://*.example.org")]
    [InlineData("*")]
    [InlineData("null")]
    public void Origins_are_scheme_host_and_port(string origin)
    {
        Assert.Equal(
            $"holdfast.yaml:1: server.origins[0]: '{origin}' is not an origin: scheme://host[:port], nothing after it",
            Error($"server: {{ origins: ['{origin}'] }}"));
        Options("server: { origins: ['https://app.example.org', 'http://localhost:5173'] }");
    }

    [Theory]
    [InlineData("maxRequestBytes: 10", "maxRequestBytes: '10' is not a whole number from 1000 to 2000000000")]
    [InlineData("maxRequestBytes: 1e6", "maxRequestBytes: '1e6' is not a whole number from 1000 to 2000000000")]
    [InlineData("requireKeys: TRUE", "requireKeys: 'TRUE' is not true or false")]
    [InlineData("dataDirectory: ' '", "dataDirectory: must name a directory")]
    [InlineData("dataDirectory: []", "dataDirectory: must be a single value, not a list")]
    [InlineData("hosts: { a: b }", "hosts: must be a list, not a mapping")]
    [InlineData("hosts: [[a]]", "hosts[0]: must be a single value, not a list")]
    [InlineData("shutdown: [1]", "shutdown: must be a mapping of keys, not a list")]
    [InlineData("adminKey: 'a b'",
        "adminKey: must be printable ASCII without white space (is there a line break at its end?) (value not shown)")]
    [InlineData("adminKey: same, metricsKey: same", "metricsKey: is the same as adminKey; it would open everything")]
    public void Other_values_are_checked(string server, string error) =>
        Assert.Equal($"holdfast.yaml:1: server.{error}", Error($"server: {{ {server} }}"));

    [Fact]
    public void Requiring_keys_tells_that_there_is_only_the_admin_key() =>
        Assert.Equal(
            "holdfast.yaml:1: server.requireKeys: " +
            "there is no key store in this version, so only the admin key may call",
            Warning("server: { requireKeys: true }\nproviders: { o: { type: ollama } }"));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("250", 250)]
    [InlineData("500ms", 500)]
    [InlineData("1.5s", 1_500)]
    [InlineData("30s", 30_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    public void Durations_are_milliseconds_or_have_a_unit(string written, double ms) =>
        Assert.Equal(TimeSpan.FromMilliseconds(ms),
            Options($"server: {{ shutdown: {{ delay: {written} }} }}").Server.Shutdown.Delay);

    [Theory]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("s")]
    [InlineData("1w")]
    [InlineData("1e3")]
    [InlineData("NaN")]
    [InlineData("25h")]
    [InlineData("99999999999999999999d")]
    [InlineData("1m30s")]
    public void Other_durations_are_refused_with_the_range(string written) =>
        Assert.Equal(
            $"holdfast.yaml:1: server.shutdown.delay: '{written}' is not a duration from 0 to 1d, " +
            "such as 500ms, 30s, 2m, 1h",
            Error($"server: {{ shutdown: {{ delay: '{written}' }} }}"));

    [Fact]
    public void No_duration_is_longer_than_ten_years()
    {
        Assert.True(DurationText.TryParse("3650d", out _));
        Assert.False(DurationText.TryParse("3651d", out _));
        Assert.False(DurationText.TryParse("999999999999999d", out _));
    }
}
