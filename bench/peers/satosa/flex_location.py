"""The office decides the location, by a table."""
from satosa.micro_services.base import ResponseMicroService


class FlexLocation(ResponseMicroService):
    def __init__(self, config, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.table = config["table"]

    def process(self, context, data):
        office = data.attributes.pop("office", [None])[0]
        if office in self.table:
            data.attributes["flex_location"] = [self.table[office]]
        return super().process(context, data)
