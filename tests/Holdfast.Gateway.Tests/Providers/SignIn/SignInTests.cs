using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Bedrock;
using Holdfast.Gateway.Providers.SignIn;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Gateway.Tests.Providers.SignIn;

public class SignInTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData("the+session/token==")]
    [InlineData(null)]
    public async Task A_request_to_AWS_is_signed_as_it_goes_over_the_wire(string? session)
    {
        var keys = new AwsKeys("AKID", "the secret", session);
        using var fixture = new ClientFixture { SignIn = new AwsSignIn(Fixed(keys), "eu-west-1", "bedrock", _time) };

        var result = await fixture.PlainAsync(connection => connection.AnswerAsync(200, ClientFixture.Good));

        Assert.Null(result.Fault);
        var sent = fixture.Last!;
        var headers = new List<(string, string)>
        {
            ("host", sent.Header("host")!), ("x-amz-date", sent.Header("x-amz-date")!),
            ("content-type", sent.Header("content-type")!),
        };
        if (session is not null)
        {
            headers.Add(("x-amz-security-token", sent.Header("x-amz-security-token")!));
        }

        Assert.Equal(session, sent.Header("x-amz-security-token"));
        Assert.Equal(
            AwsSignature.Authorization(
                new AwsRequest
                {
                    Method = "POST", Path = sent.Head.Split(' ')[1], Headers = headers,
                    Body = Encoding.UTF8.GetBytes(sent.Body),
                },
                new AwsSigner("AKID", "the secret", "eu-west-1", "bedrock"), _time.GetUtcNow()),
            sent.Header("authorization"));
        Assert.DoesNotContain("the secret", sent.Head);
    }

    [Fact]
    public async Task A_key_comes_before_a_sign_in()
    {
        using var fixture = new ClientFixture { SignIn = new BearerSignIn(Fixed("token")) };

        var attempt = fixture.AttemptAsync(key: "a-key");
        var connection = await fixture.Server.RequestAsync();
        await connection.AnswerAsync(200, ClientFixture.Good);

        Assert.Null((await attempt).Fault);
        Assert.Equal("Bearer a-key", connection.Header("authorization"));
    }

    [Fact]
    public async Task A_token_is_sent_as_a_bearer()
    {
        using var fixture = new ClientFixture { SignIn = new BearerSignIn(Fixed("the-token")) };

        await fixture.PlainAsync(connection => connection.AnswerAsync(200, ClientFixture.Good));

        Assert.Equal("Bearer the-token", fixture.Last!.Header("authorization"));
    }

    [Fact]
    public async Task Without_a_sign_in_nothing_is_sent_and_the_call_may_go_elsewhere()
    {
        using var fixture = new ClientFixture
        {
            SignIn = new BearerSignIn(new TemporaryCredential<string>(
                _ => throw new InvalidOperationException("account 123"), "no luck", _time, _ => { })),
        };

        var result = await fixture.AttemptAsync();

        Assert.Equal((Outcome.Auth, "no luck"), (result.Fault!.Outcome, result.Fault.Message));
    }

    [Fact]
    public void Secrets_are_never_told()
    {
        Assert.Equal("AKID", new AwsKeys("AKID", "the secret", "the token").ToString());
        Assert.Equal(
            "AKID/eu-west-1/bedrock", new AwsSigner("AKID", "the secret", "eu-west-1", "bedrock").ToString());
    }

    [Theory]
    [InlineData("https://x.openai.azure.com", "https://cognitiveservices.azure.com/.default")]
    [InlineData("https://x.openai.azure.us", "https://cognitiveservices.azure.us/.default")]
    [InlineData("https://x.openai.azure.cn", "https://cognitiveservices.azure.cn/.default")]
    public void A_token_for_Azure_is_made_out_for_its_cloud(string address, string scope) =>
        Assert.Equal(scope, AzureSignIn.ScopeFor(new Uri(address)));

    [Theory]
    [InlineData("bedrock", null, "eu-west-1", typeof(AwsSignIn))]
    [InlineData("bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com", null, typeof(AwsSignIn))]
    [InlineData("azure-openai", "https://x.openai.azure.com", null, typeof(BearerSignIn))]
    [InlineData("vertex", null, "europe-west1", typeof(BearerSignIn))]
    [InlineData("openai", null, null, null)]
    [InlineData("ollama", null, null, null)]
    public void Only_providers_of_a_cloud_without_a_key_sign_in(string type, string? url, string? region, Type? found)
    {
        var signIns = new SignIns(_time, NullLogger<SignIns>.Instance);
        var options = new ProviderOptions
        {
            Name = "p", Type = type, Region = region, Project = "team", BaseUrl = url is null ? null : new Uri(url),
        };

        var signIn = signIns.For(options);

        Assert.Equal(found, signIn?.GetType());
        Assert.Same(signIn, signIns.For(options with { Name = "other" }));
        Assert.Null(signIns.For(options with { ApiKeys = ["k"] }));
    }

    [Fact]
    public async Task A_service_accounts_file_becomes_a_token_that_is_kept()
    {
        using var server = new ScriptedServer();
        using var rsa = RSA.Create(2048);
        var file = Path.Combine(Path.GetTempPath(), $"holdfast-{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["type"] = "service_account", ["client_email"] = "a@p.iam.gserviceaccount.com", ["private_key_id"] = "1",
            ["private_key"] = rsa.ExportPkcs8PrivateKeyPem(), ["project_id"] = "p", ["client_id"] = "2",
            ["token_uri"] = new Uri(server.Url, "/token").ToString(),
        }));
        try
        {
            var signIn = new BearerSignIn(new TemporaryCredential<string>(
                GoogleSignIn.Of(file), "no luck", TimeProvider.System, _ => { }));

            var first = SignedAsync(signIn);
            var asked = await server.RequestAsync();
            await asked.AnswerAsync(200, """{"access_token":"ya29.x","expires_in":3600,"token_type":"Bearer"}""");

            Assert.Equal("Bearer ya29.x", (await first.SoonAsync())!.ToString());
            Assert.Contains("jwt-bearer", asked.Body);
            // The server answers no second question, so this token is the first one's.
            Assert.Equal("Bearer ya29.x", (await SignedAsync(signIn).SoonAsync())!.ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("/nowhere/x.json", null)]
    [InlineData(null, "{}")]
    [InlineData(null, """{"type":"something"}""")]
    [InlineData(null, "no JSON")]
    public async Task A_file_that_is_no_credential_is_told_once_and_only_to_the_log(string? path, string? content)
    {
        var file = path ?? Path.Combine(Path.GetTempPath(), $"holdfast-{Guid.NewGuid():N}.json");
        var failed = new List<Exception>();
        if (content is not null)
        {
            await File.WriteAllTextAsync(file, content);
        }

        var signIn = new BearerSignIn(
            new TemporaryCredential<string>(GoogleSignIn.Of(file), "no luck", _time, failed.Add));
        var thrown = await Assert.ThrowsAsync<SignInException>(() => SignedAsync(signIn).SoonAsync());
        if (content is not null)
        {
            File.Delete(file);
        }

        Assert.Equal("no luck", thrown.Message);
        Assert.Single(failed);
    }

    private static async Task<AuthenticationHeaderValue?> SignedAsync(ISignIn signIn)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://a.example");
        await signIn.SignAsync(request, default, CancellationToken.None);
        return request.Headers.Authorization;
    }

    private TemporaryCredential<T> Fixed<T>(T value)
        where T : class =>
        new(_ => Task.FromResult((value, DateTimeOffset.MaxValue)), "no luck", _time, _ => { });
}
