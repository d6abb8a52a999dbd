using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.Tests.Security;

public sealed class HostPolicyTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080", "127.0.0.1", true)]
    [InlineData("http://127.0.0.1:8080", "localhost", true)]
    [InlineData("http://127.0.0.1:8080", "LOCALHOST", true)]
    [InlineData("http://127.0.0.1:8080", "[::1]", true)]
    [InlineData("http://127.0.0.1:8080", "evil.test", false)]
    [InlineData("http://127.0.0.1:8080", "127.0.0.1.nip.io", false)]
    [InlineData("http://127.0.0.1:8080", "10.0.0.1", false)]
    [InlineData("http://127.0.0.1:8080", "", false)]
    [InlineData("http://[::1]:8080", "127.0.0.1", true)]
    [InlineData("http://localhost", "localhost", true)]
    [InlineData("https://Gateway.Test/", "gateway.test", true)]
    [InlineData("http://gateway.test:81", "other.test", false)]
    [InlineData("http://10.0.0.5:80", "10.0.0.5", true)]
    [InlineData("http://[2001:db8::1]:80", "[2001:db8::1]", true)]
    public void Without_configured_hosts_those_of_the_urls_are_served(string url, string host, bool expected) =>
        Assert.Equal(expected, new HostPolicy(new ServerOptions { Urls = [url] }).ServesHost(host));

    [Theory]
    [InlineData("http://*:8080")]
    [InlineData("http://+:8080")]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://[::]:8080")]
    public void Bound_to_everything_any_address_is_served_but_no_foreign_name(string url)
    {
        var policy = new HostPolicy(new ServerOptions { Urls = [url] });

        Assert.True(policy.ServesHost("10.1.2.3"));
        Assert.True(policy.ServesHost("[2001:db8::7]"));
        Assert.True(policy.ServesHost("localhost"));
        Assert.False(policy.ServesHost("evil.test"));
    }

    [Fact]
    public void The_management_urls_are_served_too() => Assert.True(
        new HostPolicy(new ServerOptions { ManagementUrls = ["http://admin.test:9"] }).ServesHost("admin.test"));

    [Fact]
    public void Configured_hosts_are_the_only_ones()
    {
        var policy = new HostPolicy(new ServerOptions { Hosts = ["Api.Test", "[::5]"] });

        Assert.True(policy.ServesHost("api.test"));
        Assert.True(policy.ServesHost("[::5]"));
        Assert.False(policy.ServesHost("localhost"));
        Assert.False(policy.ServesHost("127.0.0.1"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", "127.0.0.1:8080", true)]
    [InlineData("https://gateway.test", "gateway.test", true)]
    [InlineData("HTTP://Gateway.Test", "gateway.test", true)]
    [InlineData("http://127.0.0.1:8081", "127.0.0.1:8080", false)]
    [InlineData("http://evil.test", "gateway.test", false)]
    [InlineData("http://evil.test@gateway.test", "gateway.test", false)]
    [InlineData("http://gateway.test/", "gateway.test", false)]
    [InlineData("null", "gateway.test", false)]
    [InlineData("", "gateway.test", false)]
    [InlineData("file://gateway.test", "gateway.test", false)]
    [InlineData("https://app.test", "gateway.test", true)]
    [InlineData("https://APP.test", "gateway.test", true)]
    [InlineData("http://app.test", "gateway.test", false)]
    [InlineData("https://app.test:444", "gateway.test", false)]
    [InlineData("https://app.test.evil", "gateway.test", false)]
    public void Origins_are_our_own_and_the_configured(string origin, string self, bool expected) => Assert.Equal(
        expected, new HostPolicy(new ServerOptions { Origins = ["https://app.test/"] }).ServesOrigin(origin, self));
}
