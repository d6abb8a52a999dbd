using System.Buffers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>Writes an OpenAI chat request as a request to Converse. The model and the streaming are in the address.
/// </summary>
internal static class BedrockRequest
{
    private static readonly ChatFieldSet Carried = new(
        ChatField.MaxCompletionTokens, ChatField.MaxTokens, ChatField.Messages, ChatField.ParallelToolCalls,
        ChatField.ReasoningEffort, ChatField.ResponseFormat, ChatField.ServiceTier,
        ChatField.Stop, ChatField.Temperature, ChatField.Thinking, ChatField.ToolChoice, ChatField.Tools,
        ChatField.TopK, ChatField.TopP);

    /// <exception cref="UnsupportedFieldException">
    /// Bedrock cannot do what the caller asks; what is in <paramref name="output"/> by then is of no use.
    /// </exception>
    public static void Write(CallRequest call, string model, ProviderOptions options, IBufferWriter<byte> output) =>
        ChatRequest.Translate(
            new RequestContext(call, model, options, new Refusals("Bedrock", options.DropUnsupported)), Carried, output,
            Write);

    private static void Write(JsonOutput output, in ChatFields fields, in RequestContext context)
    {
        var refusals = context.Refusals;
        var model = BedrockModel.Of(context.Model);
        var defaultMaxTokens = context.Options.DefaultMaxTokens;
        var choice = ChatToolChoice.Read(fields[ChatField.ToolChoice], fields[ChatField.ParallelToolCalls], refusals);
        if (choice.IsSingle)
        {
            refusals.Option("parallel_tool_calls", "Bedrock cannot keep a model from calling several tools at once");
        }

        output.BeginObject();
        BedrockMessages.Write(output, fields[ChatField.Messages], model);
        output.BeginObject("inferenceConfig"u8);
        WriteSampling(output, fields, model, defaultMaxTokens, refusals);
        output.EndObject();
        BedrockTools.Write(output, fields, choice, model, refusals);
        BedrockExtras.Write(output, fields, choice, model, defaultMaxTokens, refusals);
        WriteFormat(output, fields[ChatField.ResponseFormat], refusals);
        WriteTier(output, fields[ChatField.ServiceTier], refusals);
        output.EndObject();
    }

    /// <summary>
    /// A limit is always there: without one Bedrock takes the most that the model can say from the account's quota.
    /// </summary>
    private static void WriteSampling(
        JsonOutput output, in ChatFields fields, in BedrockModel model, int defaultMaxTokens, Refusals refusals)
    {
        var isNew = !fields[ChatField.MaxCompletionTokens].IsMissing;
        var limit = fields[isNew ? ChatField.MaxCompletionTokens : ChatField.MaxTokens];
        if (limit.IsMissing)
        {
            output.Number("maxTokens"u8, defaultMaxTokens);
        }
        else
        {
            ChatOptions.WriteNumber(output, isNew ? "max_completion_tokens" : "max_tokens", "maxTokens"u8, limit);
        }

        if (fields[ChatField.Temperature].TryGetDouble(out var temperature) && temperature is < 0 or > 1)
        {
            refusals.Option("temperature", "Bedrock takes 0 to 1");
        }
        else
        {
            ChatOptions.WriteNumber(output, "temperature", "temperature"u8, fields[ChatField.Temperature]);
        }

        ChatOptions.WriteNumber(output, "top_p", "topP"u8, fields[ChatField.TopP]);
        ChatOptions.WriteStop(
            output, "stopSequences"u8, fields[ChatField.Stop], model.Family != BedrockFamily.Anthropic, refusals);
    }

    /// <summary>Bedrock wants the schema as text.</summary>
    private static void WriteFormat(JsonOutput output, JsonView format, Refusals refusals)
    {
        var schema = ChatOptions.Schema(format, out var isJson, refusals);
        if (isJson)
        {
            refusals.Option("response_format", "Bedrock knows the types text and json_schema");
        }

        if (schema.IsMissing)
        {
            return;
        }

        output.BeginObject("outputConfig"u8);
        output.BeginObject("textFormat"u8);
        output.Word("type"u8, "json_schema"u8);
        output.BeginObject("structure"u8);
        output.BeginObject("jsonSchema"u8);
        output.Text("schema"u8, schema.Raw);
        WriteText(output, "name"u8, format.Member("json_schema"u8).Member("name"u8));
        WriteText(output, "description"u8, format.Member("json_schema"u8).Member("description"u8));
        output.EndObject();
        output.EndObject();
        output.EndObject();
        output.EndObject();
    }

    private static void WriteText(JsonOutput output, ReadOnlySpan<byte> name, JsonView text)
    {
        if (!text.Text.IsEmpty)
        {
            output.Value(name, text);
        }
    }

    private static void WriteTier(JsonOutput output, JsonView tier, Refusals refusals)
    {
        if (tier.Says("flex"u8) || tier.Says("priority"u8))
        {
            output.BeginObject("serviceTier"u8);
            output.Value("type"u8, tier);
            output.EndObject();
        }
        else if (!tier.IsMissing && !tier.Says("auto"u8) && !tier.Says("default"u8))
        {
            refusals.Option("service_tier", "Bedrock knows auto, default, flex and priority");
        }
    }
}
