using System.Net.Http.Headers;
using System.Text;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Conformance;

/// <summary>
/// Every document of a test suite for JSON parsers, as a body and inside one, on every endpoint that reads JSON:
/// what is no JSON is a 400, and nothing is ever the gateway's fault.
/// </summary>
[Trait("Category", "Conformance")]
public sealed class JsonDocumentTests
{
    private const string Chat = """{"model":"alone","messages":[{"role":"user","content":"Hi"}],"x":DOC}""";

    private const string Messages =
        """{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"metadata":DOC}""";

    /// <summary>The endpoints, each with a body in which a document stands for a field.</summary>
    public static TheoryData<string, string> Endpoints => new()
    {
        { "/v1/chat/completions", Chat },
        { "/v1/messages", Messages },
        { "/v1/messages/count_tokens", Messages.Replace("\"max_tokens\":9,", "", StringComparison.Ordinal) },
        { "/v1/embeddings", """{"model":"openai/text-embedding-3-small","input":"Hi","x":DOC}""" },
        { "/v1/moderations", """{"model":"openai/omni-moderation-latest","input":"Hi","x":DOC}""" },
        { "/v1/responses", """{"model":"alone","input":"Hi","metadata":DOC}""" },
    };

    [SharedDataTheory(SharedData.JsonDocuments), MemberData(nameof(Endpoints))]
    public async Task What_is_no_json_is_a_400_and_nothing_is_a_fault_of_the_gateway(string path, string around)
    {
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Once);
        var wrong = new List<string>();
        var documents = SharedData.Archive(SharedData.JsonDocuments)
            .Where(file => file.Name.EndsWith(".json", StringComparison.Ordinal)).ToList();

        foreach (var (name, bytes) in documents)
        {
            var whole = await StatusAsync(gateway, path, bytes);
            var inside = await StatusAsync(gateway, path, Around(around, bytes));

            var isNoJson = Path.GetFileName(name).StartsWith("n_", StringComparison.Ordinal);
            // None of them is a call, whatever it is.
            if (whole != 400 || (isNoJson ? inside != 400 && !IsJsonInside(name) : inside is not (200 or 400)))
            {
                wrong.Add($"{name}: {whole}, inside a body {inside}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(documents.Count >= 318, $"only {documents.Count} documents");
        await gateway.AssertStillAnswersAsync();
    }

    /// <summary>Documents that are wrong alone but right where something stands around them.</summary>
    private static bool IsJsonInside(string name) =>
        name.EndsWith("n_structure_trailing_#.json", StringComparison.Ordinal);

    private static byte[] Around(string body, byte[] document)
    {
        var parts = body.Split("DOC");
        return [.. Encoding.UTF8.GetBytes(parts[0]), .. document, .. Encoding.UTF8.GetBytes(parts[1])];
    }

    private static async Task<int> StatusAsync(GatewayFixture gateway, string path, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await gateway.Client.SendAsync(request);
        return (int)response.StatusCode;
    }
}
