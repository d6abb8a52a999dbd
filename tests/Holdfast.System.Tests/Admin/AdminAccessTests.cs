namespace Holdfast.System.Tests.Admin;

/// <summary>Administration is for the admin key, and for no web page.</summary>
public sealed class AdminAccessTests : AdminFixture
{
    public static TheoryData<string, string> Endpoints => new()
    {
        { "GET", "/admin/status" },
        { "GET", "/admin/circuits" },
        { "POST", "/admin/circuits/isolate" },
        { "POST", "/admin/circuits/reset" },
        { "POST", "/admin/routes/explain" },
        { "GET", "/failsafe/providers" },
        { "GET", "/admin/whatever-else" },
        { "DELETE", "/failsafe" },
    };

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task Nothing_answers_who_has_no_admin_key(string method, string path)
    {
        foreach (var key in new[] { null, "wrong", RunningGateway.AdminKey + "x" })
        {
            var (status, body, response) = await SendAsync(
                new HttpMethod(method), path, method == "POST" ? """{"provider":"openai"}""" : null, key);

            Assert.Equal(401, status);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            Assert.Equal(["Bearer"], response.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
            Assert.DoesNotContain("openai", body, StringComparison.Ordinal);
        }

        Assert.Equal((200, null, "openai/gpt-4o:ok"), await CallAsync("smart"));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_body_that_a_form_could_send_is_refused(string type)
    {
        var answer = await SendAsync(
            HttpMethod.Post, "/admin/circuits/isolate", """{"provider":"openai"}""", type: type);

        Assert.Equal(415, answer.Status);
        Assert.Equal((200, null, "openai/gpt-4o:ok"), await CallAsync("smart"));
    }

    [Fact]
    public async Task A_foreign_page_is_refused_even_with_the_key()
    {
        var answer = await SendAsync(HttpMethod.Post, "/admin/circuits/isolate", """{"provider":"openai"}""",
            origin: "https://evil.example");

        Assert.Equal(403, answer.Status);
        Assert.Equal((200, null, "openai/gpt-4o:ok"), await CallAsync("smart"));
    }

    [Fact]
    public async Task A_wrong_method_is_told_the_right_one()
    {
        var answer = await SendAsync(HttpMethod.Get, "/admin/circuits/isolate");

        Assert.Equal(405, answer.Status);
        Assert.Equal(["POST"], answer.Response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Keys_are_never_shown()
    {
        Gateway.Fail("openai", "\"status401\": 1");
        await CallAsync("smart");
        var answers = new List<string>
        {
            (await AskAsync("/admin/routes/explain", """{"model":"smart"}""")).GetRawText(),
            (await AskAsync("/admin/circuits")).GetRawText(),
            (await AskAsync("/admin/status")).GetRawText(),
            (await AskAsync("/failsafe/providers")).GetRawText(),
        };

        Assert.Contains("\"keys\":{\"total\":2,\"held\":0,\"marked\":2}", answers[0], StringComparison.Ordinal);
        Assert.All(answers, answer =>
        {
            Assert.DoesNotContain(Secret, answer, StringComparison.Ordinal);
            Assert.DoesNotContain(RunningGateway.AdminKey, answer, StringComparison.Ordinal);
        });
    }
}
