using Holdfast.Gateway.Security;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.Security;

/// <summary>Keys: made, kept, compared, and kept out of texts.</summary>
public sealed class SecretsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast").FullName;

    [Fact]
    public void The_first_start_makes_a_key_that_only_its_owner_can_read()
    {
        var key = AdminKey.LoadOrCreate(Path.Combine(_folder, "data"), out var path, out var isNew);

        Assert.True(isNew);
        Assert.Matches("^hf-admin-[0-9a-f]{48}$", key);
        Assert.Equal(key, File.ReadAllText(path).Trim());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public void The_next_start_uses_it_again()
    {
        var first = AdminKey.LoadOrCreate(_folder, out _, out _);

        var second = AdminKey.LoadOrCreate(_folder, out _, out var isNew);

        Assert.Equal((first, false), (second, isNew));
    }

    [Fact]
    public void Two_folders_have_two_keys() => Assert.NotEqual(
        AdminKey.LoadOrCreate(Path.Combine(_folder, "a"), out _, out _),
        AdminKey.LoadOrCreate(Path.Combine(_folder, "b"), out _, out _));

    [Fact]
    public void A_key_that_others_could_read_is_made_private()
    {
        var key = AdminKey.LoadOrCreate(_folder, out var path, out _);
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(path, (UnixFileMode)0b110_110_110);

        Assert.Equal(key, AdminKey.LoadOrCreate(_folder, out _, out _));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_file_that_a_crash_left_empty_gets_a_key()
    {
        File.WriteAllText(Path.Combine(_folder, AdminKey.FileName), "");

        var key = AdminKey.LoadOrCreate(_folder, out var path, out var isNew);

        Assert.True(isNew);
        Assert.Equal(key, File.ReadAllText(path).Trim());
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void An_empty_file_is_no_key_and_not_overwritten()
    {
        File.WriteAllText(Path.Combine(_folder, AdminKey.FileName), "\n");

        Assert.Throws<IOException>(() => AdminKey.LoadOrCreate(_folder, out _, out _));
    }

    [Theory]
    [InlineData("authorization", "Bearer admin-key", true)]
    [InlineData("authorization", "bearer  admin-key ", true)]
    [InlineData("x-api-key", "admin-key", true)]
    [InlineData("authorization", "Bearer metrics-key", false)]
    [InlineData("authorization", "Bearer ADMIN-KEY", false)]
    [InlineData("authorization", "Bearer ", false)]
    [InlineData("authorization", "Basic admin-key", false)]
    [InlineData("authorization", "admin-key", false)]
    [InlineData("x-api-key", "", false)]
    [InlineData("x-other", "admin-key", false)]
    public void The_admin_key_opens_administration(string header, string value, bool expected) =>
        Assert.Equal(expected, Policy().IsAdmin(Request(header, value)));

    [Theory]
    [InlineData("admin-key", true)]
    [InlineData("metrics-key", true)]
    [InlineData("other", false)]
    public void Both_keys_open_the_metrics(string key, bool expected) =>
        Assert.Equal(expected, Policy().MayReadMetrics(Request("authorization", $"Bearer {key}")));

    [Fact]
    public void A_metrics_key_that_is_not_set_opens_nothing()
    {
        var policy = new AccessPolicy(new ServerOptions(), "admin-key");

        Assert.False(policy.MayReadMetrics(Request("authorization", "Bearer ")));
        Assert.False(policy.MayReadMetrics(new DefaultHttpContext().Request));
    }

    [Fact]
    public void Calls_need_a_key_only_where_keys_are_required()
    {
        var open = new AccessPolicy(new ServerOptions(), "admin-key");
        var shut = new AccessPolicy(new ServerOptions { RequireKeys = true }, "admin-key");

        Assert.True(open.MayCall(new DefaultHttpContext().Request));
        Assert.False(shut.MayCall(new DefaultHttpContext().Request));
        Assert.True(shut.MayCall(Request("x-api-key", "admin-key")));
    }

    [Fact]
    public void Secrets_are_taken_out_wherever_they_stand() => Assert.Equal(
        "Incorrect API key provided: [redacted]. Twice: [redacted]",
        new Redaction(["sk-12345678"]).Apply("Incorrect API key provided: sk-12345678. Twice: sk-12345678"));

    [Fact]
    public void A_secret_that_begins_like_another_leaves_no_rest() => Assert.Equal(
        "key [redacted]", new Redaction(["sk-12345678", "sk-12345678-production"]).Apply("key sk-12345678-production"));

    [Fact]
    public void A_secret_inside_an_address_is_taken_out_too() => Assert.Equal(
        "GET /v1?key=[redacted]", new Redaction(["AIza+12/345="]).Apply("GET /v1?key=AIza%2B12%2F345%3D"));

    [Fact]
    public void Short_values_are_no_secrets() =>
        Assert.Equal("a team", new Redaction(["a", ""]).Apply("a team"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static AccessPolicy Policy() => new(new ServerOptions { MetricsKey = "metrics-key" }, "admin-key");

    private static HttpRequest Request(string header, string value) =>
        new DefaultHttpContext { Request = { Headers = { [header] = value } } }.Request;
}
