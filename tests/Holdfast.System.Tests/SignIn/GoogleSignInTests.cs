using System.Security.Cryptography;
using System.Text.Json;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.SignIn;

/// <summary>Each way to a token of Google with its exchange.</summary>
public sealed class GoogleSignInTests : SignInTests
{
    private const string TokenPath = "/computeMetadata/v1/instance/service-accounts/default/token";

    private protected override string Cloud => "Google";

    private protected override string Provider =>
        $"{{ type: vertex, region: europe-west1, project: team, baseUrl: \"{Simulator.BaseUrl}gemini/v1beta1\" }}";

    private protected override string Model => "gemini-2.5-flash";

    private protected override ScriptedAnswer Refusal => ScriptedAnswer.Json(
        400, """{"error":"invalid_grant","error_description":"Invalid JWT Signature."}""");

    private protected override string Reason => "invalid_grant";

    private protected override string Secret => "PRIVATE KEY";

    [Fact]
    public async Task A_service_accounts_key_is_exchanged_once_for_all_calls()
    {
        await using var google = new ScriptedServer(_ => Token("A", 3600));
        await using var gateway = await StartAsync(Yaml(), Account(google));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.SucceedAsync()));

        Assert.Equal("Bearer token-A", LastHeader("gemini", "authorization"));
        var asked = Assert.Single(google.Requests);
        Assert.Equal("/token", PathOf(asked));
        Assert.Contains("jwt-bearer", asked.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_a_service_account_is_renewed_before_it_ends()
    {
        ScriptedServer? server = null;
        await using var google = new ScriptedServer(
            _ => server!.Requests.Count == 1 ? Token("A", 240) : Token("B", 3600));
        server = google;
        await using var gateway = await StartAsync(Yaml(), Account(google));

        await gateway.SucceedAsync();
        await UntilTokenAsync(gateway, "B");

        Assert.Equal(2, google.Requests.Count);
    }

    [Fact]
    public async Task A_file_that_gcloud_left_is_found()
    {
        await using var google = new ScriptedServer(_ => Token("A", 3600));
        Directory.CreateDirectory(Path.Combine(Root, ".config", "gcloud"));
        File.Move(KeyFile(google), Path.Combine(Root, ".config", "gcloud", "application_default_credentials.json"));
        await using var gateway = await StartAsync(Yaml(), ("GCE_METADATA_HOST", "127.0.0.1:9"));

        await gateway.SucceedAsync();

        Assert.Equal("Bearer token-A", LastHeader("gemini", "authorization"));
    }

    [Fact]
    public async Task The_machines_account_is_asked_for()
    {
        await using var metadata = new ScriptedServer(Metadata);
        await using var gateway = await StartAsync(Yaml(), ("GCE_METADATA_HOST", metadata.Url.Authority));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.SucceedAsync()));

        Assert.Equal("Bearer token-A", LastHeader("gemini", "authorization"));
        var asked = Assert.Single(
            metadata.Requests, request => PathOf(request).StartsWith(TokenPath, StringComparison.Ordinal));
        Assert.Contains("cloud-platform", PathOf(asked), StringComparison.Ordinal);
    }

    /// <summary>Metadata servers of clusters are late where a pod has just begun.</summary>
    [Fact]
    public async Task A_metadata_server_that_comes_late_is_found_then()
    {
        var metadata = new ScriptedServer(Metadata);
        var authority = metadata.Url.Authority;
        await metadata.DisposeAsync();
        await using var gateway = await StartAsync(Yaml(), ("GCE_METADATA_HOST", authority));

        var (status, attempted, _) = await gateway.CallAsync();
        await using var late = new ScriptedServer(Metadata, port: metadata.Url.Port);
        await UntilTokenAsync(gateway, "A");

        Assert.Equal(200, status);
        Assert.Equal("cloud/gemini-2.5-flash:auth,openai/gpt-4o:ok", attempted);
    }

    private protected override (string, string)[] Account(ScriptedServer exchange) =>
        [("GOOGLE_APPLICATION_CREDENTIALS", KeyFile(exchange))];

    private protected override ScriptedAnswer Granted() => Token("A", 3600);

    private Task UntilTokenAsync(SignedInGateway gateway, string name) => Waiting.UntilAsync(
        async () => (await gateway.CallAsync()).Status == 200
            && LastHeader("gemini", "authorization") == $"Bearer token-{name}", $"token {name}", 60);

    private string KeyFile(ScriptedServer google)
    {
        using var key = RSA.Create(2048);
        return Write("service-account.json", JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["type"] = "service_account", ["client_email"] = "a@team.iam.gserviceaccount.com",
            ["private_key_id"] = "1", ["private_key"] = key.ExportPkcs8PrivateKeyPem(), ["project_id"] = "team",
            ["client_id"] = "2", ["token_uri"] = new Uri(google.Url, "/token").ToString(),
        }));
    }

    private static ScriptedAnswer Metadata(ScriptedRequest request) => HeaderOf(request, "metadata-flavor") == "Google"
        ? PathOf(request).StartsWith(TokenPath, StringComparison.Ordinal)
            ? Token("A", 3600, "metadata-flavor: Google")
            : ScriptedAnswer.Json(200, "{}", "metadata-flavor: Google")
        : ScriptedAnswer.Json(403, "{}");

    private static ScriptedAnswer Token(string name, int seconds, params string[] headers) => ScriptedAnswer.Json(
        200, $$"""{"access_token":"token-{{name}}","expires_in":{{seconds}},"token_type":"Bearer"}""", headers);
}
