using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.SignIn;

/// <summary>
/// Each way to a token of Entra with its exchange. Azure's library speaks to no authority without TLS, so the authority
/// of these tests has a certificate that the gateway's process trusts.
/// </summary>
public sealed class AzureSignInTests : SignInTests
{
    private const string ClientSecret = "the-client-secret-of-the-gateway";
    private const string TokenPath = "/the-tenant/oauth2/v2.0/token";

    private readonly X509Certificate2 _certificate = Certificate();

    private protected override string Cloud => "Azure";

    private protected override string Provider =>
        $"{{ type: azure-openai, baseUrl: \"{Simulator.BaseUrl}azure\" }}";

    private protected override string Model => "gpt-4o";

    private protected override ScriptedAnswer Refusal => ScriptedAnswer.Json(401, $$"""
        {"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided: {{Secret}}",
        "error_codes":[7000215],"trace_id":"t","correlation_id":"c"}
        """);

    private protected override string Reason => "AADSTS7000215";

    private protected override string Secret => ClientSecret;

    [Fact]
    public async Task A_client_secret_is_exchanged_once_for_all_calls()
    {
        await using var entra = Exchange(_ => Granted());
        await using var gateway = await StartAsync(Yaml(), Account(entra));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.SucceedAsync()));

        Assert.Equal("Bearer token-A", LastHeader("azure", "authorization"));
        var asked = Assert.Single(entra.Requests);
        Assert.Equal(TokenPath, PathOf(asked));
        var body = Uri.UnescapeDataString(asked.Body);
        Assert.Contains($"client_secret={ClientSecret}", body, StringComparison.Ordinal);
        Assert.Contains("scope=https://cognitiveservices.azure.com/.default", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_renewed_before_it_ends_while_calls_go_on_with_it()
    {
        var gate = new TaskCompletionSource();
        ScriptedServer? server = null;
        await using var entra = Exchange(
            _ => server!.Requests.Count == 1 ? Token("A", 120) : Held(Token("B", 3600), gate.Task));
        server = entra;
        await using var gateway = await StartAsync(Yaml(), Account(entra));

        await gateway.SucceedAsync();
        await Waiting.UntilAsync(async () =>
        {
            await gateway.SucceedAsync();
            return entra.Requests.Count == 2;
        }, "the next exchange");
        await gateway.SucceedAsync();
        Assert.Equal("Bearer token-A", LastHeader("azure", "authorization"));
        gate.SetResult();

        await Waiting.UntilAsync(async () =>
        {
            await gateway.SucceedAsync();
            return LastHeader("azure", "authorization") == "Bearer token-B";
        }, "the next token");
        Assert.Equal(2, entra.Requests.Count);
    }

    [Fact]
    public async Task A_workloads_identity_is_exchanged()
    {
        await using var entra = Exchange(_ => Granted());
        await using var gateway = await StartAsync(
            Yaml(), [.. Account(entra), ("AZURE_CLIENT_SECRET", ""),
                ("AZURE_FEDERATED_TOKEN_FILE", Write("federated", "the-clusters-token"))]);

        await gateway.SucceedAsync();

        Assert.Equal("Bearer token-A", LastHeader("azure", "authorization"));
        Assert.Contains(
            "client_assertion=the-clusters-token", Assert.Single(entra.Requests).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_managed_identity_is_asked_for()
    {
        await using var identity = new ScriptedServer(request =>
            HeaderOf(request, "x-identity-header") == "the-sites-header"
                ? ScriptedAnswer.Json(200, $$"""
                    {"access_token":"token-A","token_type":"Bearer","resource":"r","expires_on":
                    "{{(TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1)).ToUnixTimeSeconds()}}"}
                    """)
                : ScriptedAnswer.Json(401, "{}"));
        await using var gateway = await StartAsync(
            Yaml(), ("IDENTITY_ENDPOINT", new Uri(identity.Url, "/msi/token").ToString()),
            ("IDENTITY_HEADER", "the-sites-header"));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.SucceedAsync()));

        Assert.Equal("Bearer token-A", LastHeader("azure", "authorization"));
        Assert.Contains(
            "resource=https://cognitiveservices.azure.com",
            Uri.UnescapeDataString(PathOf(Assert.Single(identity.Requests))), StringComparison.Ordinal);
    }

    private protected override ScriptedServer Exchange(Func<ScriptedRequest, ScriptedAnswer> answer) =>
        new(answer, _certificate);

    private protected override (string, string)[] Account(ScriptedServer exchange) =>
    [
        ("AZURE_TENANT_ID", "the-tenant"), ("AZURE_CLIENT_ID", "the-client"), ("AZURE_CLIENT_SECRET", Secret),
        ("AZURE_AUTHORITY_HOST", new Uri(exchange.Url, "/").ToString()),
        ("SSL_CERT_FILE", Write("trusted.pem", _certificate.ExportCertificatePem())),
    ];

    private protected override ScriptedAnswer Granted() => Token("A", 3600);

    private static ScriptedAnswer Token(string name, int seconds) => ScriptedAnswer.Json(
        200, $$"""{"token_type":"Bearer","expires_in":{{seconds}},"access_token":"token-{{name}}"}""");

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
