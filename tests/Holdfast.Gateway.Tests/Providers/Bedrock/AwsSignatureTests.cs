using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Providers.Bedrock;
using Xunit.Abstractions;

namespace Holdfast.Gateway.Tests.Providers.Bedrock;

[Trait("Category", "Conformance")]
public class AwsSignatureTests(ITestOutputHelper log)
{
    private static readonly DateTimeOffset Moment = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);
    private static readonly AwsSigner Signer =
        new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service");

    [Fact]
    public void All_38_cases_of_AWS_are_signed_as_AWS_signs_them()
    {
        if (SharedData.Archive("aws-sigv4-suite.tgz", log.WriteLine) is not { } files)
        {
            return;
        }

        var cases = files.Keys.Where(name => name.EndsWith("/request.txt", StringComparison.Ordinal))
            .Select(name => name[..^"request.txt".Length]).ToArray();
        Assert.Equal(38, cases.Length);
        Assert.All(cases, folder =>
        {
            string Text(string name) => Encoding.UTF8.GetString(files[folder + name]);
            var context = JsonElement.Parse(Text("context.json"));
            var signer = SignerOf(context);
            var now = context.GetProperty("timestamp").GetDateTimeOffset();
            var request = RequestOf(Text("request.txt"), context, now);

            var canonical = AwsSignature.Canonical(request);
            var toSign = AwsSignature.StringToSign(canonical, signer, now);

            Assert.Equal(Text("header-canonical-request.txt"), canonical);
            Assert.Equal(Text("header-string-to-sign.txt"), toSign);
            Assert.Equal(Text("header-signature.txt"), AwsSignature.Sign(toSign, signer, now));
            Assert.Contains(
                "Authorization:" + AwsSignature.Authorization(request, signer, now) + "\n",
                Text("header-signed-request.txt") + "\n", StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_models_name_is_escaped_on_the_wire_and_once_more_in_what_is_signed()
    {
        var url = BedrockWire.Provider().UrlFor(BedrockWire.Call(), "arn:aws:bedrock:eu:1:inference-profile/eu.a-v1:0");

        var canonical = AwsSignature.Canonical(Of(url.AbsolutePath));

        Assert.Equal(
            "/model/arn%3Aaws%3Abedrock%3Aeu%3A1%3Ainference-profile%2Feu.a-v1%3A0/converse", url.AbsolutePath);
        Assert.StartsWith(
            "POST\n/model/arn%253Aaws%253Abedrock%253Aeu%253A1%253Ainference-profile%252Feu.a-v1%253A0/converse\n\n",
            canonical);
    }

    [Theory]
    [InlineData("", "/")]
    [InlineData("/", "/")]
    [InlineData("/..", "/")]
    [InlineData("/../../a", "/a")]
    [InlineData("/a/./b//c/", "/a/b/c/")]
    [InlineData("/a/b/../c", "/a/c")]
    [InlineData("/a/..", "/")]
    public void Dots_and_empty_segments_are_not_signed(string path, string expected) =>
        Assert.StartsWith($"POST\n{expected}\n", AwsSignature.Canonical(Of(path)));

    [Fact]
    public void The_query_is_signed_in_the_order_of_its_names_and_values() => Assert.Contains(
        "\nA=&A=1&b=%20&b=%7E%2B".Replace("%7E", "~") + "\n",
        AwsSignature.Canonical(Of("/") with { Query = "b=~%2b&A=1&&A&b=%20" }));

    [Theory]
    [InlineData("another secret", "us-east-1", "service", "2015-08-30T12:36:00Z")]
    [InlineData("secret", "eu-central-1", "service", "2015-08-30T12:36:00Z")]
    [InlineData("secret", "us-east-1", "bedrock", "2015-08-30T12:36:00Z")]
    [InlineData("secret", "us-east-1", "service", "2015-08-30T12:36:01Z")]
    [InlineData("secret", "us-east-1", "service", "2015-08-31T12:36:00Z")]
    public void Whatever_differs_gives_another_signature(string secret, string region, string service, string now)
    {
        var one = AwsSignature.Authorization(Of("/"), Signer with { Secret = "secret" }, Moment);

        var other = AwsSignature.Authorization(
            Of("/"), new AwsSigner("AKIDEXAMPLE", secret, region, service), DateTimeOffset.Parse(now));

        Assert.NotEqual(one[one.IndexOf("Signature=")..], other[other.IndexOf("Signature=")..]);
    }

    [Fact]
    public void A_signer_never_tells_its_secret() => Assert.DoesNotContain("wJalr", Signer.ToString());

    private static AwsRequest Of(string path) => new()
    {
        Method = "POST", Path = path, Headers = [("host", "a.example")], Body = "{}"u8.ToArray(),
    };

    private static AwsSigner SignerOf(JsonElement context)
    {
        var credentials = context.GetProperty("credentials");
        return new AwsSigner(
            credentials.GetProperty("access_key_id").GetString()!,
            credentials.GetProperty("secret_access_key").GetString()!,
            context.GetProperty("region").GetString()!, context.GetProperty("service").GetString()!);
    }

    /// <summary>The request as it is before it is signed, and the headers that the case wants to be added.</summary>
    private static AwsRequest RequestOf(string text, JsonElement context, DateTimeOffset now)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = (end < 0 ? text : text[..end]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var body = Encoding.UTF8.GetBytes(end < 0 ? "" : text[(end + 2)..]);
        var first = lines[0];
        var target = first[(first.IndexOf(' ') + 1)..first.LastIndexOf(' ')];
        var headers = new List<(string Name, string Value)>();
        foreach (var line in lines[1..])
        {
            if (line.StartsWith(' '))
            {
                headers[^1] = (headers[^1].Name, headers[^1].Value + "\n" + line);
            }
            else
            {
                headers.Add((line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..]));
            }
        }

        headers.Add(("X-Amz-Date", AwsSignature.DateText(now)));
        if (context.GetProperty("sign_body").GetBoolean())
        {
            headers.Add(("x-amz-content-sha256",
                Convert.ToHexStringLower(global::System.Security.Cryptography.SHA256.HashData(body))));
        }

        // With omit_session_token it is added after signing.
        var isOmitted = context.TryGetProperty("omit_session_token", out var omitted) && omitted.GetBoolean();
        if (!isOmitted && context.GetProperty("credentials").TryGetProperty("token", out var token))
        {
            headers.Add(("X-Amz-Security-Token", token.GetString()!));
        }

        var query = target.IndexOf('?');
        return new AwsRequest
        {
            Method = first[..first.IndexOf(' ')],
            Path = query < 0 ? target : target[..query],
            Query = query < 0 ? "" : target[(query + 1)..],
            Headers = headers,
            Body = body,
            Normalizes = context.GetProperty("normalize").GetBoolean(),
        };
    }
}
