using System.Text;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Conformance;

/// <summary>One run of everything against one gateway, which all tests of the table look at.</summary>
public sealed class ConformanceRun : IAsyncLifetime
{
    private const string Introduction = """
        # Conformance

        What works behind the gateway, by what callers ask for and by the provider's type. `./test conformance` writes
        this page from what its calls got: each cell is asked for over a bare connection and through the official
        clients (npm `openai` and `@anthropic-ai/sdk`; for chats NuGet `OpenAI` too, for the first line of messages
        `Anthropic`), plain and streamed, at a simulated provider of that type.

        - **yes**: all got the same right answer, the provider was sent what the caller asked for, and on OpenAI's face
          every answer and every event was what OpenAI's own specification says.
        - **no: `field`**: all got a 400 that names the field. With `dropUnsupported: true` options are left out.
        - **left out**: the provider has no place for it, and its answer is the same without it.
        - **–**: the provider has no such operation, or sends no token counts in streams.

        To providers of OpenAI's format a request goes on as it is, but for fields that they are known not to take;
        whether a model does what is asked is for them to say.


        """;

    private GatewayFixture _gateway = null!;

    internal IReadOnlyList<Cell> Cells { get; private set; } = [];

    /// <summary>How many values were held against the specification.</summary>
    internal int Validated { get; private set; }

    internal GatewayFixture Gateway => _gateway;

    public async Task InitializeAsync()
    {
        _gateway = await GatewayFixture.StartAsync(ConformingProvider.Yaml());
        var specification = new OpenAiSpecification();
        var chats = await new ChatRun(_gateway, specification).AskAsync();
        var messages = await new MessagesRun(_gateway).AskAsync();
        var responses = await new ResponsesRun(_gateway, specification).AskAsync();
        var inputs = await new InputRun(_gateway, specification).AskAsync();
        var problems = await specification.ProblemsAsync();
        Validated = specification.Count;
        Cells =
        [
            .. chats.Select(row => Cell.Of(ChatRun.Operation, row.Feature, row.Provider.Type, row.Told,
                problems[ChatRun.PlaceOf(row.Provider, row.Feature)].Take(3))),
            .. messages.Select(row => Cell.Of(
                MessagesRun.Operation, row.Feature, row.Provider.Type, row.Told, [])),
            .. responses.Select(row => Cell.Of(ResponsesRun.Operation, row.Feature, row.Provider.Type, row.Told,
                problems[ResponsesRun.PlaceOf(row.Provider, row.Feature)].Take(3))),
            .. inputs.Select(row => Cell.Of(InputRun.Operation, row.Feature, row.Provider.Type, row.Told,
                problems[InputRun.PlaceOf(row.Provider, row.Feature)].Take(3))),
        ];
    }

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    /// <summary>The page that this run has earned.</summary>
    internal string Page()
    {
        var page = new StringBuilder(Introduction);
        foreach (var operation in Cells.GroupBy(cell => cell.Operation))
        {
            Append(page, $"{operation.Key}, at providers of OpenAI's format", operation, speaksOpenAi: true);
            Append(page, $"{operation.Key}, at providers of other formats", operation, speaksOpenAi: false);
        }

        return page.ToString().TrimEnd('\n') + "\n";
    }

    private static void Append(StringBuilder page, string heading, IEnumerable<Cell> cells, bool speaksOpenAi)
    {
        var providers = ConformingProvider.All.Where(one => one.SpeaksOpenAi == speaksOpenAi)
            .Select(one => one.Type).ToList();
        page.Append($"## {heading}\n\n| | {string.Join(" | ", providers)} |\n|---{string.Concat(
            providers.Select(_ => "|---"))}|\n");
        foreach (var feature in cells.GroupBy(cell => cell.Feature))
        {
            page.Append($"| {feature.Key} | {string.Join(" | ", providers.Select(provider =>
                feature.Single(cell => cell.Provider == provider).Word))} |\n");
        }

        page.Append('\n');
    }
}
