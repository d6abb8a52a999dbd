using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>Tools and the choice among them.</summary>
internal static class BedrockTools
{
    public static void Write(
        JsonOutput output, in ChatFields fields, in ChatToolChoice choice, in BedrockModel model, Refusals refusals)
    {
        var isOff = choice.Kind == ChatToolChoiceKind.None && MayLeaveOut(fields, refusals);
        var any = false;
        var items = new ChatTools(fields[ChatField.Tools], refusals);
        while (items.Next())
        {
            if (isOff)
            {
                continue;
            }

            if (!any)
            {
                output.BeginObject("toolConfig"u8);
                output.BeginArray("tools"u8);
                any = true;
            }

            WriteTool(output, items.Tool, model);
        }

        // Without tools a choice has no meaning, and Bedrock refuses it.
        if (any)
        {
            output.EndArray();
            WriteChoice(output, choice);
            output.EndObject();
        }
    }

    /// <summary>
    /// Bedrock has no word for "none". A model that isn't told of tools calls none; but a conversation with calls in it
    /// needs them.
    /// </summary>
    private static bool MayLeaveOut(in ChatFields fields, Refusals refusals)
    {
        var items = new ChatMessages(fields[ChatField.Messages]);
        while (items.Next())
        {
            if (items.Message.Role == ChatRole.Tool || items.Message.ToolCalls is { IsArray: true, IsEmpty: false })
            {
                refusals.Option("tool_choice", "Bedrock cannot forbid tools where some have been called before");
                return false;
            }
        }

        return true;
    }

    private static void WriteTool(JsonOutput output, in ChatTool tool, in BedrockModel model)
    {
        output.BeginObject();
        output.BeginObject("toolSpec"u8);
        output.Value("name"u8, tool.Name);
        if (!tool.Description.Text.IsEmpty)
        {
            output.Value("description"u8, tool.Description);
        }

        output.BeginObject("inputSchema"u8);
        output.Name("json"u8);
        output.Raw(tool.Parameters.IsMissing ? "{\"type\":\"object\",\"properties\":{}}"u8 : tool.Parameters.Raw);
        output.EndObject();
        if (tool.IsStrict)
        {
            output.True("strict"u8);
        }

        output.EndObject();
        output.EndObject();
        // Amazon's own models keep no tools.
        if (model.Family == BedrockFamily.Anthropic && tool.CacheControl.IsObject)
        {
            new BedrockContent(output, model).WriteCachePoint(tool.CacheControl);
        }
    }

    private static void WriteChoice(JsonOutput output, in ChatToolChoice choice)
    {
        if (choice.Kind is ChatToolChoiceKind.Unset or ChatToolChoiceKind.None)
        {
            return;
        }

        output.BeginObject("toolChoice"u8);
        output.BeginObject(choice.Kind switch
        {
            ChatToolChoiceKind.Required => "any"u8,
            ChatToolChoiceKind.Function => "tool"u8,
            _ => "auto"u8,
        });
        if (choice.Name.IsString)
        {
            output.Value("name"u8, choice.Name);
        }

        output.EndObject();
        output.EndObject();
    }
}
