using System.ClientModel;
using System.Text;
using System.Text.Json;
using OpenAI.Chat;
using OpenAI.Models;

namespace Holdfast.System.Tests.Clients;

/// <summary>What the .NET client gets out of richer answers: choices, tools, schemas, usage, lists of models.</summary>
public sealed class DotnetAnswerTests
{
    private const string Models = """
        models:
          smart: { targets: [openai/gpt-4o] }
          claude: { targets: [anthropic/claude-sonnet-4-5] }
        """;

    [Theory]
    [InlineData("smart")]
    [InlineData("claude")]
    public async Task Calls_a_tool_and_answers_with_its_result(string model)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var client = DotnetClient.Chat(new ClientSettings(gateway.Url), model);
        var messages = new List<ChatMessage> { new UserChatMessage("Please use get_weather for Kraków.") };

        ChatCompletion asked = await client.CompleteChatAsync(messages, WithTool());
        var streamed = await StreamToolCallAsync(client, messages);
        var call = Assert.Single(asked.ToolCalls);
        messages.Add(new AssistantChatMessage(asked));
        messages.Add(new ToolChatMessage(call.Id, "{\"sky\":\"clear\"}"));
        ChatCompletion answer = await client.CompleteChatAsync(messages, WithTool());

        Assert.Equal(ChatFinishReason.ToolCalls, asked.FinishReason);
        Assert.Equal("get_weather", call.FunctionName);
        using var arguments = JsonDocument.Parse(call.FunctionArguments);
        Assert.Equal(JsonValueKind.String, arguments.RootElement.GetProperty("city").ValueKind);
        Assert.Equal(JsonValueKind.Number, arguments.RootElement.GetProperty("days").ValueKind);
        Assert.Equal(("get_weather", call.FunctionArguments.ToString(), ChatFinishReason.ToolCalls), streamed);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.NotEmpty(answer.Content[0].Text);
    }

    [Fact]
    public async Task Gets_an_answer_of_the_schema_it_asked_for()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var client = DotnetClient.Chat(new ClientSettings(gateway.Url), "smart");
        var options = new ChatCompletionOptions
        {
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("city", BinaryData.FromString("""
                {"type": "object", "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
                 "required": ["name", "people"], "additionalProperties": false}
                """), jsonSchemaIsStrict: true),
        };

        ChatCompletion answer = await client.CompleteChatAsync([new UserChatMessage("Name a city.")], options);

        using var city = JsonDocument.Parse(answer.Content[0].Text);
        Assert.Equal(JsonValueKind.String, city.RootElement.GetProperty("name").ValueKind);
        Assert.Equal(JsonValueKind.Number, city.RootElement.GetProperty("people").ValueKind);
    }

    [Fact]
    public async Task Gets_both_choices_through_the_protocol_method()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var client = DotnetClient.Chat(new ClientSettings(gateway.Url), "smart");
        // The SDK's typed methods know one choice only.
        using var body = BinaryContent.Create(BinaryData.FromString(
            """{"model": "smart", "n": 2, "messages": [{"role": "user", "content": "Two ideas?"}]}"""));

        var answer = await client.CompleteChatAsync(body);

        using var document = JsonDocument.Parse(answer.GetRawResponse().Content);
        var texts = document.RootElement.GetProperty("choices").EnumerateArray()
            .Select(choice => choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(2, texts.Distinct().Count());
    }

    [Fact]
    public async Task Counts_the_tokens_of_a_dotnet_stream()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        foreach (var model in new[] { "smart", "claude" })
        {
            var client = DotnetClient.Chat(new ClientSettings(gateway.Url), model);
            var usages = new List<ChatTokenUsage>();

            await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("Count.")]))
            {
                if (update.Usage is { } usage)
                {
                    usages.Add(usage);
                }
            }

            // This SDK always asks for the usage.
            var counted = Assert.Single(usages);
            Assert.True(counted.OutputTokenCount > 0);
            Assert.Equal(counted.InputTokenCount + counted.OutputTokenCount, counted.TotalTokenCount);
        }
    }

    [Fact]
    public async Task Tells_the_dotnet_client_which_models_there_are()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var settings = new ClientSettings(gateway.Url);
        var client = new OpenAIModelClient(new ApiKeyCredential(settings.Key), DotnetClient.Options(settings));

        var models = await client.GetModelsAsync();
        var smart = await client.GetModelAsync("smart");
        var direct = await client.GetModelAsync("openai/gpt-4o");
        var unknown = await Assert.ThrowsAsync<ClientResultException>(() => client.GetModelAsync("nobody"));

        Assert.Equal(["smart", "claude", "openai/gpt-4o", "anthropic/claude-sonnet-4-5"],
            models.Value.Select(model => model.Id).Take(4));
        Assert.Equal("anthropic", models.Value.Single(model => model.Id == "anthropic/claude-haiku-4-5").OwnedBy);
        Assert.Equal(("smart", "holdfast"), (smart.Value.Id, smart.Value.OwnedBy));
        Assert.Equal(("openai/gpt-4o", "openai"), (direct.Value.Id, direct.Value.OwnedBy));
        Assert.Equal(404, unknown.Status);
    }

    private static async Task<(string Name, string Arguments, ChatFinishReason? Finish)> StreamToolCallAsync(
        ChatClient client, List<ChatMessage> messages)
    {
        var name = "";
        var arguments = new StringBuilder();
        ChatFinishReason? finish = null;
        await foreach (var update in client.CompleteChatStreamingAsync(messages, WithTool()))
        {
            foreach (var part in update.ToolCallUpdates)
            {
                Assert.Equal(0, part.Index);
                name += part.FunctionName;
                arguments.Append(part.FunctionArgumentsUpdate);
            }

            finish = update.FinishReason ?? finish;
        }

        return (name, arguments.ToString(), finish);
    }

    private static ChatCompletionOptions WithTool() => new()
    {
        Tools =
        {
            ChatTool.CreateFunctionTool("get_weather", "Says how the weather is.", BinaryData.FromString("""
                {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
                 "required": ["city", "days"], "additionalProperties": false}
                """)),
        },
    };
}
