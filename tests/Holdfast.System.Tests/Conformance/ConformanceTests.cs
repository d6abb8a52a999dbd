using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace Holdfast.System.Tests.Conformance;

/// <summary>
/// <c>docs/conformance.md</c>: what works behind the gateway, from what official clients got. With
/// HOLDFAST_ACCEPT_DOCS=1, and so in <c>./test conformance</c>, the page is written.
/// </summary>
[Trait("Category", "Conformance")]
public sealed class ConformanceTests(ConformanceRun run, ITestOutputHelper output) : IClassFixture<ConformanceRun>
{
    private const string Page = "docs/conformance.md";

    public static TheoryData<string, string> Columns
    {
        get
        {
            var columns = new TheoryData<string, string>();
            foreach (var provider in ConformingProvider.All)
            {
                columns.Add(ChatRun.Operation, provider.Type);
                columns.Add(MessagesRun.Operation, provider.Type);
                columns.Add(ResponsesRun.Operation, provider.Type);
                columns.Add(InputRun.Operation, provider.Type);
            }

            return columns;
        }
    }

    [Theory, MemberData(nameof(Columns))]
    public void Everything_is_answered_rightly_to_every_client_or_refused_by_name(string operation, string provider)
    {
        var cells = run.Cells.Where(cell => cell.Operation == operation && cell.Provider == provider).ToList();

        Assert.NotEmpty(cells);
        var wrong = cells.Where(cell => cell.Problem is not null).ToList();
        Assert.True(wrong.Count == 0, string.Join("\n", wrong.Select(cell => $"{cell.Feature}: {cell.Problem}")));
    }

    [Fact]
    public void The_page_says_what_this_run_got()
    {
        var path = Path.Combine(Repository.Root, Page);
        var page = run.Page();

        Assert.True(run.Cells.All(cell => cell.Problem is null), "cells failed; their tests say why");
        if (Environment.GetEnvironmentVariable("HOLDFAST_ACCEPT_DOCS") == "1")
        {
            File.WriteAllText(path, page);
        }

        Assert.True(File.Exists(path) && page == File.ReadAllText(path),
            $"{Page} isn't what this run got; with HOLDFAST_ACCEPT_DOCS=1 this test writes it");
    }

    [SharedDataFact(SharedData.Specification)]
    public void Every_answer_and_every_event_was_held_against_OpenAIs_specification()
    {
        output.WriteLine($"{run.Validated} values");

        Assert.True(run.Validated > 2 * ConformingProvider.All.Count * ChatFeatures.All.Count);
    }

    [SharedDataFact(SharedData.Specification)]
    public async Task Models_and_errors_are_what_OpenAIs_specification_says()
    {
        var specification = new OpenAiSpecification();
        await NoteAsync("/v1/models", "ListModelsResponse");
        await NoteAsync("/v1/models/smart", "Model");
        await NoteAsync("/v1/models/openai/gpt-4o", "Model");
        await NoteAsync("/v1/models/nobody", "ErrorResponse");
        await NoteAsync("/v1/nothing", "ErrorResponse");
        await NoteAsync("/v1/chat/completions", "ErrorResponse");
        foreach (var body in new[] { "", "{}", "{\"model\":\"nobody\",\"messages\":[{}]}", "{\"model\":7}" })
        {
            using var response = await run.Gateway.PostAsync(body);
            specification.Note(body, "ErrorResponse", await response.Content.ReadAsStringAsync());
        }

        Assert.Empty((await specification.ProblemsAsync()).SelectMany(place => place));

        async Task NoteAsync(string path, string schema)
        {
            using var response = await run.Gateway.GetAsync(path);
            specification.Note(path, schema, await response.Content.ReadAsStringAsync());
        }
    }

    /// <summary>A judge that lets everything pass would show nothing.</summary>
    [SharedDataTheory(SharedData.Specification)]
    [InlineData("\"finish_reason\":\"stop\"", "\"finish_reason\":\"end_turn\"", "finish_reason")]
    [InlineData("\"object\":\"chat.completion\"", "\"object\":\"completion\"", "object")]
    [InlineData("\"index\":0,", "", "index")]
    [InlineData("\"created\":1", "\"created\":\"1\"", "created")]
    [InlineData("\"refusal\":null", "\"refusal\":[]", "refusal")]
    [InlineData("\"id\":\"a\",\"type\":\"function\"", "\"type\":\"function\"", "tool_calls/0")]
    [InlineData("\"type\":\"function\"", "\"type\":\"tool\"", "tool_calls/0/type")]
    [InlineData("\"arguments\":\"{}\"", "\"arguments\":{}", "arguments")]
    public async Task An_answer_that_isnt_what_the_specification_says_is_found(
        string right, string broken, string where)
    {
        const string Answer = """
            {"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{
            "role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"a","type":"function","function":{
            "name":"f","arguments":"{}"}}]},"logprobs":null,"finish_reason":"stop"}]}
            """;

        Assert.Null(await OpenAiSpecification.ProblemAsync("CreateChatCompletionResponse", Answer));
        var problem = await OpenAiSpecification.ProblemAsync("CreateChatCompletionResponse",
            JsonNode.Parse(Answer.ReplaceLineEndings("").Replace(right, broken))!.ToJsonString());

        Assert.Contains(where, problem, StringComparison.Ordinal);
    }
}
