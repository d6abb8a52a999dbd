using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.SignIn;

/// <summary>
/// Each way to an account at AWS with its exchange. The simulated Bedrock checks the signature of each call, so what is
/// answered was signed with the keys that the exchange gave.
/// </summary>
public sealed class AwsSignInTests : SignInTests
{
    private const string Role = "arn:aws:iam::123456789012:role/the-gateway";
    private const string WebToken = "the-web-identity-token-of-the-pod";

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    // Less than the time before its end at which AWS's library looks for the next one.
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(8);

    private protected override string Cloud => "AWS";

    private protected override string Provider =>
        $"{{ type: bedrock, region: eu-west-1, baseUrl: \"{Simulator.BaseUrl}bedrock\" }}";

    private protected override string Model => "amazon.nova-lite-v1:0";

    private protected override ScriptedAnswer Refusal => ScriptedAnswer.Json(403,
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
        + $"<Message>Not authorized with {WebToken}</Message></Error><RequestId>r</RequestId></ErrorResponse>");

    private protected override string Reason => "Not authorized with";

    private protected override string Secret => WebToken;

    [Fact]
    public async Task A_web_identity_is_exchanged_once_for_all_calls()
    {
        await using var sts = new ScriptedServer(_ => Keys("A", Hour));
        await using var gateway = await StartAsync(Yaml(), Account(sts));

        await gateway.SucceedAsync();
        Assert.Equal("simulated-token-A", LastHeader("bedrock", "x-amz-security-token"));
        await gateway.SucceedAsync();

        var asked = Uri.UnescapeDataString(Assert.Single(sts.Requests).Body);
        Assert.Contains("Action=AssumeRoleWithWebIdentity", asked, StringComparison.Ordinal);
        Assert.Contains($"RoleArn={Role}", asked, StringComparison.Ordinal);
        Assert.Contains($"WebIdentityToken={WebToken}", asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_a_web_identity_are_renewed_before_they_end_with_the_token_that_the_file_has_then()
    {
        ScriptedServer? server = null;
        await using var sts = new ScriptedServer(_ =>
        {
            if (server!.Requests.Count > 1)
            {
                return Keys("B", Hour);
            }

            // Before the first keys are there, let alone renewed.
            Write("web-token", "the-next-token");
            return Keys("A", Soon);
        });
        server = sts;
        await using var gateway = await StartAsync(Yaml(), Account(sts));

        await gateway.SucceedAsync();
        await Waiting.UntilAsync(async () =>
        {
            await gateway.SucceedAsync();
            return LastHeader("bedrock", "x-amz-security-token") == "simulated-token-B";
        }, "the next keys");
        await gateway.SucceedAsync();

        Assert.Equal(2, sts.Requests.Count);
        Assert.Contains("WebIdentityToken=the-next-token", sts.Requests.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instances_role_is_asked_for_with_a_session_token_of_the_metadata_service()
    {
        await using var metadata = new ScriptedServer(request => Metadata(request, "A", Hour));
        await using var gateway = await StartAsync(Yaml(), Instance(metadata));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.SucceedAsync()));

        Assert.Equal("simulated-token-A", LastHeader("bedrock", "x-amz-security-token"));
        var keys = metadata.Requests.Where(request => PathOf(request).EndsWith("/the-role", StringComparison.Ordinal));
        Assert.All(keys, request => Assert.Equal("session", HeaderOf(request, "x-aws-ec2-metadata-token")));
        Assert.InRange(keys.Count(), 1, 2);
    }

    [Fact]
    public async Task Keys_of_an_instances_role_are_renewed()
    {
        var asked = 0;
        await using var metadata = new ScriptedServer(request => Metadata(
            request, Volatile.Read(ref asked) == 0 ? "A" : "B", Volatile.Read(ref asked) == 0
                ? TimeSpan.FromSeconds(2) : Hour));
        await using var gateway = await StartAsync(Yaml(), Instance(metadata));

        await gateway.SucceedAsync();
        Assert.Equal("simulated-token-A", LastHeader("bedrock", "x-amz-security-token"));
        Volatile.Write(ref asked, 1);
        await Waiting.UntilAsync(async () =>
        {
            await gateway.SucceedAsync();
            return LastHeader("bedrock", "x-amz-security-token") == "simulated-token-B";
        }, "the next keys");
    }

    [Fact]
    public async Task A_containers_role_is_asked_for_with_its_token()
    {
        await using var agent = new ScriptedServer(request => HeaderOf(request, "authorization") == "the-pods-token"
            ? Credentials("A", Hour)
            : ScriptedAnswer.Json(401, "{}"));
        await using var gateway = await StartAsync(
            Yaml(), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", new Uri(agent.Url, "/v1/credentials").ToString()),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the-pods-token"));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.SucceedAsync()));

        Assert.Equal("simulated-token-A", LastHeader("bedrock", "x-amz-security-token"));
        Assert.Equal("/v1/credentials", PathOf(Assert.Single(agent.Requests)));
    }

    [Fact]
    public async Task A_profile_gives_its_keys()
    {
        var file = Write("credentials", """
            [default]
            aws_access_key_id = AKIAOTHER
            aws_secret_access_key = another-secret
            [team]
            aws_access_key_id = AKIASIMULATOR
            aws_secret_access_key = simulated-secret
            """);

        await using var gateway = await StartAsync(
            Yaml(), ("AWS_SHARED_CREDENTIALS_FILE", file), ("AWS_PROFILE", "team"));

        await gateway.SucceedAsync();
        Assert.Null(LastHeader("bedrock", "x-amz-security-token"));
    }

    [Fact]
    public async Task A_profile_with_a_role_is_exchanged_for_its_keys()
    {
        var credentials = Write("credentials", """
            [people]
            aws_access_key_id = AKIAPEOPLE
            aws_secret_access_key = the-peoples-secret
            """);
        var config = Write("config", $"""
            [profile team]
            role_arn = {Role}
            source_profile = people
            """);
        await using var sts = new ScriptedServer(_ => Keys("A", Hour, "AssumeRole"));

        await using var gateway = await StartAsync(
            Yaml(), ("AWS_SHARED_CREDENTIALS_FILE", credentials), ("AWS_CONFIG_FILE", config),
            ("AWS_PROFILE", "team"), ("AWS_ENDPOINT_URL_STS", new Uri(sts.Url, "/").ToString()));

        await gateway.SucceedAsync();
        Assert.Equal("simulated-token-A", LastHeader("bedrock", "x-amz-security-token"));
        var asked = Assert.Single(sts.Requests);
        Assert.Contains("Credential=AKIAPEOPLE/", asked.Head, StringComparison.Ordinal);
        Assert.Contains("Action=AssumeRole&", asked.Body, StringComparison.Ordinal);
    }

    private protected override (string, string)[] Account(ScriptedServer exchange) =>
    [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", Write("web-token", WebToken)), ("AWS_ROLE_ARN", Role),
        ("AWS_ENDPOINT_URL_STS", new Uri(exchange.Url, "/").ToString()),
    ];

    private protected override ScriptedAnswer Granted() => Keys("A", Hour);

    private static (string, string)[] Instance(ScriptedServer metadata) =>
    [
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", new Uri(metadata.Url, "/").ToString().TrimEnd('/')),
    ];

    /// <summary>What AWS's token service answers.</summary>
    private static ScriptedAnswer Keys(string name, TimeSpan life, string action = "AssumeRoleWithWebIdentity") =>
        ScriptedAnswer.Json(200, $"""
            <{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>
            <AccessKeyId>AKIASIMULATOR</AccessKeyId><SecretAccessKey>simulated-secret</SecretAccessKey>
            <SessionToken>simulated-token-{name}</SessionToken><Expiration>{At(life)}</Expiration></Credentials>
            <AssumedRoleUser><Arn>{Role}/s</Arn><AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser>
            </{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>
            """);

    /// <summary>Version 2 of an instance's metadata service: nothing without the token of a session.</summary>
    private static ScriptedAnswer Metadata(ScriptedRequest request, string name, TimeSpan life)
    {
        const string Roles = "/latest/meta-data/iam/security-credentials";
        var isKnown = HeaderOf(request, "x-aws-ec2-metadata-token") == "session";
        return (request.Head.Split(' ')[0], PathOf(request).TrimEnd('/')) switch
        {
            ("PUT", "/latest/api/token") => ScriptedAnswer.Json(
                200, "session", "x-aws-ec2-metadata-token-ttl-seconds: 21600"),
            _ when !isKnown => ScriptedAnswer.Json(401, ""),
            ("GET", Roles) => ScriptedAnswer.Json(200, "the-role"),
            ("GET", Roles + "/the-role") => Credentials(name, life),
            _ => ScriptedAnswer.Json(404, ""),
        };
    }

    private static ScriptedAnswer Credentials(string name, TimeSpan life) => ScriptedAnswer.Json(200, $$"""
        {"Code":"Success","LastUpdated":"{{At(TimeSpan.Zero)}}","Type":"AWS-HMAC","AccessKeyId":"AKIASIMULATOR",
        "SecretAccessKey":"simulated-secret","Token":"simulated-token-{{name}}","Expiration":"{{At(life)}}"}
        """);
}
